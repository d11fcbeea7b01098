"""How the target becomes numbers and back: `Classes` and `Measure`."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from neuralzoo.core.errors import DataError
from neuralzoo.data.dataset import Dataset
from neuralzoo.study.encoders import level_texts
from neuralzoo.study.findings import Analysis

Label = str | int | float | bool


@dataclass(frozen=True)
class Classes:
    """Labels ↔ codes 0 to k-1."""

    name: str
    labels: tuple[Label, ...]

    def encode(self, values: Any) -> np.ndarray:
        """int32 (n,); a label that training never saw is refused."""
        place = {text: k for k, text in enumerate(level_texts(self.labels))}
        texts = level_texts(np.asarray(values).ravel().tolist())
        codes = np.array([place.get(text, -1) if text is not None else -2 for text in texts], np.int32)
        for code, what in ((-2, "no class"), (-1, "a class that the training rows do not have")):
            if (bad := codes == code).any():
                unseen = sorted({str(text) for text, hit in zip(texts, bad, strict=True) if hit})
                raise DataError(
                    f"{bad.sum()} rows have {what}" + (f": {', '.join(map(repr, unseen[:5]))}" if code == -1 else ""),
                    where=f"target {self.name!r}, row {bad.argmax() + 1}",
                    remedy=f"the known classes are {', '.join(map(str, self.labels[:20]))}: correct the label, or train with such rows",
                )
        return codes

    def decode(self, predictions: Any) -> np.ndarray:
        """Labels (n,) from codes (n,) of whole numbers, probabilities (n, k), or those of the second class (n,) or (n, 1)."""
        values = np.asarray(predictions)
        if values.ndim == 2 and values.shape[1] == 1:
            values = values[:, 0]
        whole = values.dtype.kind in "iu"
        codes = values.argmax(1) if values.ndim == 2 else values if whole else (values >= 0.5).astype(int)
        wrong = values.ndim > 2 or (values.ndim == 2 and values.shape[1] != len(self.labels))
        if (
            wrong
            or (values.ndim == 1 and values.dtype.kind == "f" and len(self.labels) > 2)
            or np.any((codes < 0) | (codes >= len(self.labels)))
        ):
            raise DataError(
                f"predictions of shape {values.shape} and type {values.dtype} do not name one of {len(self.labels)} classes",
                where=f"target {self.name!r}",
                remedy=f"give probabilities of shape (n, {len(self.labels)}), or whole numbers from 0 to {len(self.labels) - 1}",
            )
        return np.array(self.labels)[codes]


@dataclass(frozen=True)
class Measure:
    """A measured target ↔ (value − centre) / scale."""

    name: str
    centre: float
    scale: float

    def encode(self, values: Any) -> np.ndarray:
        """float32 (n, 1)."""
        try:
            numbers = np.asarray(values).astype(np.float64).reshape(-1, 1)
        except (TypeError, ValueError):
            raise DataError(f"the target {self.name!r} holds text", remedy="give numbers, as in training") from None
        if (bad := ~np.isfinite(numbers)).any():
            raise DataError(
                f"{bad.sum()} rows have no finite target",
                where=f"target {self.name!r}, row {bad.argmax() + 1}",
                remedy="leave these rows out",
            )
        return ((numbers - self.centre) / self.scale).astype(np.float32)

    def decode(self, predictions: Any) -> np.ndarray:
        """float64 (n,) in the target's own units, from (n,) or (n, 1)."""
        return np.asarray(predictions, np.float64).reshape(-1) * self.scale + self.centre


TARGETS = {"Classes": Classes, "Measure": Measure}


def fit_target(dataset: Dataset, analysis: Analysis, rows: np.ndarray) -> Classes | Measure:
    """The target of the training rows: its classes in their official order, or its mean and deviation."""
    y = dataset.y[rows]
    if analysis.task == "regression":
        numbers = y.astype(np.float64)
        return Measure(dataset.target, float(numbers.mean()), float(numbers.std()) or 1.0)
    labels = np.unique(y).tolist() if y.dtype.kind in "iufb" else sorted({v if isinstance(v, str) else str(v) for v in y.tolist()})
    if dataset.class_names and set(labels) <= set(dataset.class_names):
        labels = [name for name in dataset.class_names if name in set(labels)]
    if y.dtype.kind == "f" and all(float(label).is_integer() for label in labels):
        labels = [int(label) for label in labels]
    if len(labels) < 2:
        raise DataError(f"the training rows have one class only: {labels}", where=dataset.name, remedy="split by class (stratified)")
    return Classes(dataset.target, tuple(labels))
