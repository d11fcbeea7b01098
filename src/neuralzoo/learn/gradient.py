"""Learning by backpropagation: the gradient of an objective, followed by an optimizer."""

from typing import Any, NamedTuple, Self

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int

from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Key, Layer
from neuralzoo.core.naming import require_matches
from neuralzoo.core.record import merge, split
from neuralzoo.learn import averaging
from neuralzoo.learn.layerwise import Rates, arrays_by_layer, norms_by_layer, rate_factors
from neuralzoo.learn.learner import Batch, Learner
from neuralzoo.learn.loss import Loss
from neuralzoo.learn.metric import Metric
from neuralzoo.learn.objective import Objective, Priced, Supervised
from neuralzoo.learn.optimizers import Optimizer
from neuralzoo.learn.penalties import Penalty
from neuralzoo.learn.precision import require_precision
from neuralzoo.learn.schedules import Schedule


class GradientMemo(NamedTuple):
    """What `Gradient` carries from step to step.

    optimizer: the state of the optax transformation.
    count: steps taken.
    rate: the learning rate, where it is a number; callbacks may change it between steps.
    average: the moving average of the parameters, where the optimizer keeps one.
    """

    optimizer: Any
    count: Int[Array, ""]
    rate: Float[Array, ""]
    average: Any = ()


class Gradient(Learner):
    """w ← w − rate · direction(∂objective/∂w), the objective being the mean loss of the batch plus all penalties.

    Fields:
        loss: what one row costs; or any other `Objective`, which then measures what it likes in its own way.
        optimizer: how a gradient becomes a step.
        metrics: what else to measure.
        penalties: terms that need the whole network, such as `GradientPenalty`.
        rates: (pattern of layer names, factor of the learning rate); the first pattern that fits a layer counts.
        precision: "float32", or "mixed_bfloat16" for forward and backward passes.
        gradient_norms: measure the norm of each layer's gradient as well.

    Reference: D. Rumelhart, G. Hinton, R. Williams, "Learning representations by back-propagating errors", Nature 323, 1986.
    """

    loss: Loss | Objective
    optimizer: Optimizer
    metrics: tuple[Metric, ...] = ()
    penalties: tuple[Penalty, ...] = ()
    rates: Rates = ()
    precision: str = "float32"
    gradient_norms: bool = False

    def __post_init__(self) -> None:
        require_precision(self.precision)
        if isinstance(self.loss, Objective) and (self.metrics or self.penalties or self.precision != "float32"):
            what = f"{type(self.loss).__name__} is a whole objective: it takes no metrics, penalties or precision beside it"
            raise ArgumentError(what, remedy="leave them out, or give a loss")
        if not all(isinstance(factor, int | float) and factor >= 0 for _, factor in self.rates):
            raise ArgumentError(f"the factors of the learning rates are {dict(self.rates)}", remedy="give numbers of at least 0")

    def init(self, net: Any) -> GradientMemo:
        params, _ = split(net)
        rate = self.optimizer.learning_rate
        start = rate if isinstance(rate, int | float) else 1.0
        average = averaging.start(self.optimizer, params)
        return GradientMemo(self.optimizer.direction().init(params), jnp.zeros((), jnp.int32), jnp.float32(start), average)

    def compiled(self) -> Self:
        if not isinstance(self.optimizer.learning_rate, int | float):
            return self
        return self.set(optimizer=self.optimizer.set(learning_rate=1.0))  # the number itself lives in the memo

    @property
    def objective(self) -> Objective:
        """What is lowered."""
        return self.loss if isinstance(self.loss, Objective) else Supervised(self.loss, self.metrics, self.penalties, self.precision)

    def step(self, net: Any, memo: GradientMemo, batch: Batch, key: Key) -> tuple[Any, GradientMemo, dict[str, Any]]:
        params, rest = split(net)

        def cost(params: Any) -> tuple[Array, Priced]:
            priced = self.objective.price(merge(params, rest), batch, key, memo.count)
            return priced.value, priced

        gradient, priced = jax.grad(cost, has_aux=True)(params)
        change, optimizer = self.change(gradient, memo, params)
        params = optax.apply_updates(params, change)
        average, params = averaging.follow(self.optimizer, memo.average, params, memo.count)
        logs = dict(priced.logs)
        if self.gradient_norms:
            logs["gradient_norms"] = (norms_by_layer(gradient), jnp.ones(()))
        return merge(params, split(priced.after)[1]), GradientMemo(optimizer, memo.count + 1, memo.rate, average), logs

    def change(self, gradient: Any, memo: GradientMemo, params: Any) -> tuple[Any, Any]:
        """What is added to the parameters, and the optimizer's state after it."""
        direction, optimizer = self.optimizer.direction().update(gradient, memo.optimizer, params)
        rate = self.rate(memo)
        if self.rates:
            direction = jax.tree.map(jnp.multiply, direction, rate_factors(direction, self.rates))
        return jax.tree.map(lambda d: rate * d, direction), optimizer

    def rate(self, memo: GradientMemo) -> Any:
        """The learning rate of the coming step."""
        rate = self.optimizer.learning_rate
        if isinstance(rate, Schedule):
            return rate(memo.count)
        return 1.0 if rate is None else memo.rate

    def assess(self, net: Layer, batch: Batch) -> dict[str, Any]:
        return self.objective.price(net, batch, None, None).logs

    def read(self, logs: dict[str, Any]) -> dict[str, Any]:
        norms = {"gradient_norms": logs["gradient_norms"][0] / logs["gradient_norms"][1]} if "gradient_norms" in logs else {}
        return self.objective.read({name: value for name, value in logs.items() if name != "gradient_norms"}) | norms

    def averaged(self, net: Layer, memo: GradientMemo) -> Layer:
        """The network with the moving average of its parameters, or as it is where none is kept."""
        return merge(memo.average, split(net)[1]) if self.optimizer.use_ema else net

    def layers_that_learn(self, net: Layer) -> list[str]:
        """The names of the layers with parameters, in the order of `gradient_norms`."""
        return list(arrays_by_layer(split(net)[0]))

    def check_targets(self, y: Any, outputs: Any) -> None:
        """Raise where targets (rows in front) cannot go with the network's outputs: shapes, or class numbers out of range."""
        self.objective.check_targets(y, outputs)

    def check(self, net: Layer) -> None:
        self.objective.check(net)
        if not jax.tree.leaves(split(net)[0]):
            raise ArgumentError("the network has no trainable parameters", remedy="unfreeze a layer (trainable=True), or do not fit it")
        require_matches(net, (pattern for pattern, _ in self.rates))
