"""What a metric is: a sum, and a reading of it. The metrics themselves are in `metrics`."""

from dataclasses import field
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Shaped

from neuralzoo.core.record import Record
from neuralzoo.core.registry import Registry, snake_case

metrics: Registry[Any] = Registry("metric")
Weight = Float[Array, " batch"]


class Metric(Record):
    """`measure` turns a batch into statistics that add up; `result` reads the sum. So no metric depends on order or batch size.

    Example:
        >>> from neuralzoo.learn.metrics import RootMeanSquaredError
        >>> metric = RootMeanSquaredError()
        >>> one, two = metric.measure([[1.0]], [[2.0]], jnp.ones(1)), metric.measure([[1.0]], [[4.0]], jnp.ones(1))
        >>> import jax
        >>> round(float(metric.result(jax.tree.map(jnp.add, one, two))), 4)
        2.2361
        >>> round(float(metric([[1.0], [1.0]], [[2.0], [4.0]])), 4)
        2.2361
    """

    name: str | None = field(default=None, kw_only=True)

    @property
    def label(self) -> str:
        """The name under which the history shows it."""
        return self.name or snake_case(type(self).__name__)

    def measure(self, y_true: Any, y_pred: Any, weight: Weight) -> Any:
        """The statistics of a batch; an example of weight 0 adds nothing."""
        raise NotImplementedError(f"{type(self).__name__} defines no measure")

    def result(self, stats: Any) -> Any:
        """A number (or an array of them) from summed statistics."""
        raise NotImplementedError(f"{type(self).__name__} defines no result")

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The metric of whole arrays."""
        y_true, y_pred = jnp.asarray(y_true), jnp.asarray(y_pred)
        weight = jnp.ones(len(y_pred)) if sample_weight is None else jnp.asarray(sample_weight, jnp.float32)
        return self.result(self.measure(y_true, y_pred, weight))


class MeanMetric(Metric):
    """The mean over examples and places of `values`, `(batch, *places)`; its statistics are a sum and a count."""

    def values(self, y_true: Any, y_pred: Any) -> Shaped[Array, "batch ..."]:
        raise NotImplementedError(f"{type(self).__name__} defines no values")

    def measure(self, y_true: Any, y_pred: Any, weight: Weight) -> tuple[Array, Array]:
        values = jnp.asarray(self.values(y_true, y_pred), jnp.float32)
        weight = spread(weight, values)
        return jnp.sum(jnp.where(weight > 0, values, 0) * weight), jnp.sum(weight)

    def result(self, stats: Any) -> Any:
        return ratio(*stats)


def spread(weight: Weight, values: Array) -> Array:
    """The weight of each example, at each of its places."""
    return jnp.broadcast_to(weight.reshape(weight.shape + (1,) * (values.ndim - 1)), values.shape)


def ratio(above: Any, below: Any) -> Any:
    """above / below in double precision, and 0 where there is nothing below. Readings are NumPy: they are not compiled."""
    above, below = np.asarray(above, np.float64), np.asarray(below, np.float64)
    return np.where(below == 0, 0.0, above / np.where(below == 0, 1.0, below))[()]
