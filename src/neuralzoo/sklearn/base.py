"""From a model that `fit`s to an estimator of scikit-learn: labels of any kind, data frames, checks, tags.

A wrapper stores its arguments and makes a model; everything else is here:

    class BallClassifier(ZooClassifier):
        def __init__(self, units=50, *, random_state=None):
            self.units = units
            self.random_state = random_state

        def make(self, features, outputs):
            return RBFNetwork(self.units, seed=self.seed())

A rule that knows no weights of rows defines `fit(self, X, y)` and returns `self.learn(X, y)`.
"""

from typing import Any, Self, cast

import numpy as np
from scipy.special import softmax
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    RegressorMixin,
    TransformerMixin,
)
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    _check_sample_weight,
    check_is_fitted,
    validate_data,
)

from neuralzoo.core.errors import DataError
from neuralzoo.train.model import Model


class ZooEstimator(BaseEstimator):
    """What all wrappers have in common.

    Attributes:
        model_: the fitted model, with all that it can be asked.
        n_features_in_, feature_names_in_: of the rows it was fitted on.
    """

    model_: Model
    least_rows = 1  # fewer rows than that cannot be learned from

    def make(self, features: int, outputs: int) -> Model:
        """A model that has learned nothing, for rows of `features` numbers; `outputs` are classes, targets, or 0 where there are none."""
        raise NotImplementedError(f"{type(self).__name__} defines no make")

    def fit_settings(self) -> dict[str, Any]:
        """What `Model.fit` is told: the wrapper's `epochs` and `batch_size`, where it has them."""
        given = {name: getattr(self, name, None) for name in ("epochs", "batch_size")}
        return {name: value for name, value in given.items() if value is not None}

    def seed(self) -> int:
        """A seed from `random_state`: a number, a generator that moves on, or None for another one each time."""
        return int(check_random_state(getattr(self, "random_state", None)).randint(2**31 - 1))

    def teach(self, rows: np.ndarray, targets: np.ndarray | None, outputs: int, weight: Any = None) -> Self:
        """Make a model and fit it to checked rows."""
        self.model_ = self.make(rows.shape[1], outputs)
        shares = None if weight is None else _check_sample_weight(weight, rows, dtype=np.float32, ensure_non_negative=True)
        self.model_.fit(rows, targets, sample_weight=shares, verbose=0, **self.fit_settings())
        return self

    def checked(self, X: Any, y: Any = "no_validation", *, first: bool, **settings: Any) -> Any:  # noqa: N803
        """The rows in float32, and targets where given, as scikit-learn checks them."""
        if not first:
            check_is_fitted(self, "model_")
        least = self.least_rows if first else 1
        return validate_data(self, X, y, reset=first, dtype=np.float32, ensure_min_samples=least, **settings)


class ZooClassifier(ClassifierMixin, ZooEstimator):
    """A classifier: its model is given classes 0, 1, …, and answers with a score or a probability for each.

    Attributes:
        classes_: the labels, sorted.
    """

    gives = "logits"  # what the model's outputs are: "logits", "probabilities", "scores" that only rank the classes, or "classes"

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803
        return self.learn(X, y, sample_weight)

    def learn(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803
        """Learn from rows and their labels."""
        rows, labels = self.checked(X, y, first=True)
        labels = column_or_1d(labels, warn=True)
        check_classification_targets(labels)
        self.classes_, codes = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise DataError(f"there is one class only, {self.classes_[0]!r}", remedy="give rows of at least two classes")
        return self.teach(rows, codes.astype(np.int32), len(self.classes_), sample_weight)

    @available_if(lambda self: self.gives in ("logits", "probabilities"))
    def predict_proba(self, X: Any) -> np.ndarray:  # noqa: N803
        """The probability of each class, in the order of `classes_`."""
        outputs = np.asarray(self.model_outputs(X), np.float64)
        return softmax(outputs, axis=1) if self.gives == "logits" else outputs / outputs.sum(axis=1, keepdims=True)

    @available_if(lambda self: self.gives == "scores")
    def decision_function(self, X: Any) -> np.ndarray:  # noqa: N803
        """The score of each class, `(rows, classes)`; of two classes that of the second over the first, `(rows,)`."""
        outputs = np.asarray(self.model_outputs(X), np.float64)
        return outputs[:, 1] - outputs[:, 0] if len(self.classes_) == 2 else outputs

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """The likeliest label of each row."""
        outputs = self.model_outputs(X)
        return self.classes_[outputs if self.gives == "classes" else np.argmax(outputs, axis=1)]

    def model_outputs(self, X: Any) -> np.ndarray:  # noqa: N803
        rows = self.checked(X, first=False)
        return self.model_.predict(rows)


class ZooRegressor(RegressorMixin, ZooEstimator):
    """A regressor for one target `(rows,)` or several `(rows, targets)`."""

    several = True  # whether it can learn more than one target

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803
        return self.learn(X, y, sample_weight)

    def learn(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803
        """Learn from rows and their targets."""
        rows, targets = self.checked(X, y, first=True, multi_output=self.several, y_numeric=True)
        targets = np.asarray(targets, np.float32)
        self.flat_ = targets.ndim == 1
        targets = targets.reshape(len(rows), -1)
        return self.teach(rows, targets, targets.shape[1], sample_weight)

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """The targets of each row."""
        rows = self.checked(X, first=False)
        outputs = self.model_.predict(rows).astype(np.float64)
        return outputs.reshape(len(rows)) if self.flat_ else outputs

    def __sklearn_tags__(self) -> Any:
        tags = cast(Any, super()).__sklearn_tags__()
        tags.target_tags.multi_output = self.several
        return tags


class ZooTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, ZooEstimator):
    """A transformer: rows to what its model makes of them, by `transform` where it has that, else by `predict`."""

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: N803
        self.teach(self.checked(X, first=True), None, 0)
        self._n_features_out = self.transform(X).shape[1]
        return self

    def transform(self, X: Any) -> np.ndarray:  # noqa: N803
        """What the model makes of each row, as numbers side by side."""
        rows = self.checked(X, first=False)
        change = getattr(self.model_, "transform", self.model_.predict)
        return np.asarray(change(rows)).reshape(len(rows), -1)

    def __sklearn_tags__(self) -> Any:
        tags = cast(Any, super()).__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


class ZooClusterer(ClusterMixin, ZooEstimator):
    """A clusterer: the model's `predict` gives each row the number of its group, or a score for each group.

    Attributes:
        labels_: the groups of the rows it was fitted on.
    """

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: N803
        self.teach(self.checked(X, first=True), None, 0)
        self.labels_ = self.predict(X)
        return self

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """The group of each row."""
        rows = self.checked(X, first=False)
        groups = np.asarray(self.model_.predict(rows))
        return (groups.argmax(axis=1) if groups.ndim > 1 else groups).astype(np.int64)
