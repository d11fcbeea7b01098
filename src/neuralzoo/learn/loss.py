"""What a loss is: one value for each example, and their mean. The losses themselves are in `losses`."""

from collections.abc import Callable
from dataclasses import field
from typing import Any, Self, cast

import jax.numpy as jnp
from jaxtyping import Array, Float

from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.core.record import Record
from neuralzoo.core.registry import Registry, snake_case

Rows = Float[Array, " batch"]
losses: Registry[Any] = Registry("loss")
EPSILON = 1e-7  # Keras's; probabilities are clipped to [EPSILON, 1 - EPSILON]
REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "none", None)


class Loss(Record):
    """A price for predictions: `(y_true, y_pred) -> number`.

    Subclasses define `values`, Keras's form: one value for each example and, where the output has more axes than one, for
    each place `(batch, *places)`. `rows` is their mean over places, `loss(y_true, y_pred)` their mean over everything.

    Fields, by name only:
        reduction: of a direct call: "sum_over_batch_size" (the mean), "sum" or "none"; training always takes the mean.
        name: a name for the history.
    """

    reduction: str | None = field(default="sum_over_batch_size", kw_only=True)
    name: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if self.reduction not in REDUCTIONS:
            what = f"{type(self).__name__}(reduction={self.reduction!r}) is unknown"
            raise ArgumentError(what, remedy=f"reduction is one of {', '.join(map(repr, REDUCTIONS))}")

    def values(self, y_true: Any, y_pred: Any) -> Float[Array, "batch ..."]:
        """One value for each example and place."""
        raise NotImplementedError(f"{type(self).__name__} defines no values")

    def rows(self, y_true: Any, y_pred: Any) -> Rows:
        """One value for each example."""
        values = self.values(y_true, y_pred)
        return jnp.mean(values.reshape(len(values), -1), axis=1)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The mean value; with weights `(batch,)` or `(batch, *places)`, the sum of weight · value over their number."""
        values = self.values(y_true, y_pred)
        if sample_weight is not None:
            weight = jnp.asarray(sample_weight, values.dtype)
            values = values * weight.reshape(weight.shape + (1,) * (values.ndim - weight.ndim))
        if self.reduction in ("none", None):
            return values
        return jnp.sum(values) if self.reduction == "sum" else jnp.mean(values)

    @property
    def label(self) -> str:
        """The name under which the history shows it."""
        return self.name or snake_case(type(self).__name__)

    def with_logits(self) -> Self:
        """The same loss for predictions before the sigmoid or softmax; only crossentropies have one."""
        raise ArgumentError(f"{type(self).__name__} has no form for logits", remedy="give it the output after its activation")


class FunctionLoss(Loss):
    """A function `(y_true, y_pred) -> values` as a loss.

    The function gives one value for each example (and place), or a single number, which then stands for every example.
    """

    function: Callable[[Any, Any], Any]

    def values(self, y_true: Any, y_pred: Any) -> Float[Array, "batch ..."]:
        values = jnp.asarray(self.function(jnp.asarray(y_true), jnp.asarray(y_pred)))
        batch = jnp.shape(y_pred)[0]
        if values.ndim and len(values) != batch:
            what = f"the loss {self.label} gave {len(values)} values for {batch} examples (shape {values.shape})"
            raise ShapeError(what, remedy="return one value for each example, for instance jnp.mean(…, axis=-1)")
        return values if values.ndim else jnp.broadcast_to(values, (batch,))

    @property
    def label(self) -> str:
        return self.name or getattr(self.function, "__name__", "loss")


def aligned(y_true: Any, y_pred: Any) -> tuple[Array, Array]:
    """Both as float arrays of the same shape `(batch, *places, outputs)`; `(n,)` and `(n, 1)` are the same thing.

    Anything else is refused: NumPy would broadcast `(n,)` against `(n, 1)` to `(n, n)` without a word.

    >>> [a.shape for a in aligned([1, 0, 1], [[0.2], [0.5], [0.9]])]
    [(3, 1), (3, 1)]
    """
    y_pred = _floating(y_pred)
    y_true = jnp.asarray(y_true, y_pred.dtype)
    if y_true.ndim == y_pred.ndim + 1 and y_true.shape[-1] == 1:
        y_pred = y_pred[..., None]
    elif y_pred.ndim == y_true.ndim + 1 and y_pred.shape[-1] == 1:
        y_true = y_true[..., None]
    if y_true.shape != y_pred.shape:
        what = f"the targets have shape {y_true.shape}, the predictions {y_pred.shape}"
        raise ShapeError(what, remedy=_remedy(y_true.shape, y_pred.shape))
    return (y_true[:, None], y_pred[:, None]) if y_true.ndim == 1 else (y_true, y_pred)


def class_labels(y_true: Any, y_pred: Any) -> tuple[Array, Array]:
    """Class numbers `(batch, *places)` and predictions `(batch, *places, classes)`; labels may have a last axis of 1.

    A label below 0 becomes one that is out of range, so that it is seen (NaN) and does not count from the end.
    """
    y_pred, y_true = _floating(y_pred), jnp.asarray(y_true)
    if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
        y_true = y_true[..., 0]
    if y_true.shape != y_pred.shape[:-1]:
        one_hot = y_true.shape == y_pred.shape
        remedy = "the targets look one-hot: use categorical_crossentropy (or …_accuracy)" if one_hot else "give one class number each"
        raise ShapeError(f"the class numbers have shape {y_true.shape}, the predictions {y_pred.shape}", remedy=remedy)
    labels = y_true.astype(jnp.int32)
    return jnp.where(labels < 0, y_pred.shape[-1], labels), y_pred


def loss_named(thing: Any) -> Loss:
    """The loss that a name, a class, a record or a function `(y_true, y_pred) -> values` stands for.

    >>> loss_named("mse")
    MeanSquaredError()
    """
    if isinstance(thing, Loss):
        return thing
    if isinstance(thing, type) and issubclass(thing, Loss):
        return cast("type[Loss]", thing)()
    if isinstance(thing, str):
        return losses[thing]()
    if callable(thing):
        return FunctionLoss(thing)
    raise ArgumentError(f"{thing!r} is no loss", remedy="give a name such as 'mse', a Loss, or a function (y_true, y_pred)")


def _floating(y: Any) -> Array:
    y = jnp.asarray(y)
    return y.astype(jnp.promote_types(y.dtype, jnp.float32))  # half precision would lose the clipping of probabilities


def _remedy(true: tuple[int, ...], pred: tuple[int, ...]) -> str:
    if true[:1] != pred[:1]:
        return "targets and predictions differ in the number of examples"
    if true == pred[:-1] or (true[:-1] == pred[:-1] and true[-1] == 1):
        return f"if the targets are class numbers, use sparse_categorical_crossentropy, or make them one-hot with {pred[-1]} columns"
    if len(true) == len(pred) and pred[-1] == 1:
        return f"let the last layer have {true[-1]} units, or give one target for each example"
    return f"reshape the targets to {pred}"
