"""Beliefs about a network's weights: what each kind of posterior has to tell, and learning that is measured by it."""

from typing import Any, Self

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from neuralzoo.core.composite import Composite, Visit
from neuralzoo.core.layer import Key, Layer
from neuralzoo.core.record import part
from neuralzoo.learn.gradient import Gradient
from neuralzoo.learn.learner import Batch, Learner
from neuralzoo.zoo.observed import Observed, log_likelihood


class Posterior(Composite):
    """A distribution over networks of one structure: `(batch, …) -> (batch, outcome)`, as deployed its centre.

    Subclasses define `outcomes`.

    Fields:
        observed: the network in the middle.
    """

    observed: Observed = part()

    def thread(self, x: Any, visit: Visit) -> tuple[Any, Self]:
        y, after = visit((self.observed,), 0, x)
        return y, self.set(observed=after)

    def forward(self, x: Any, key: Key) -> tuple[Any, Self]:
        y, after = self.observed.forward(x, key)
        return y, self.set(observed=after)

    def taking(self, net: Layer) -> Layer:
        """The user's network as this posterior has it inside, not built yet."""
        return net

    def outcomes(self, x: Any, key: Key, draws: int) -> Float[Array, "draws batch outcome"]:
        """What networks drawn from the posterior tell; each is one function of x, the same for every row."""
        raise NotImplementedError(f"{type(self).__name__} defines no outcomes")


class ByDraws(Learner):
    """Learns by gradients, and is measured by what networks drawn from the posterior predict together.

    Fields:
        rule: how it learns.
        draws: networks that it is measured by.
    """

    rule: Gradient
    draws: int = 100

    def check(self, net: Layer) -> None:
        self.rule.check(net)

    def compiled(self) -> Self:
        return self.set(rule=self.rule.compiled())

    def init(self, net: Any) -> Any:
        return self.rule.init(net)

    def step(self, net: Any, memo: Any, batch: Batch, key: Key) -> tuple[Any, Any, dict[str, Any]]:
        return self.rule.step(net, memo, batch, key)

    def assess(self, net: Posterior, batch: Batch) -> dict[str, Any]:
        return predictive_statistics(net, batch, self.draws)

    def read(self, logs: dict[str, Any]) -> dict[str, Any]:
        return read_predictive(logs)


def predictive_statistics(net: Posterior, batch: Batch, draws: int) -> dict[str, Any]:
    """−log of the mean density of each row's target ("loss"), and the error of the mean: squares ("rmse"), or hits ("accuracy")."""
    outcomes = net.outcomes(batch.x, jax.random.key(0), draws)
    density = jax.nn.logsumexp(log_likelihood(outcomes, batch.y), axis=0) - jnp.log(len(outcomes))
    rows = jnp.sum(batch.valid)
    logs = {"loss": (-jnp.sum(density * batch.valid), rows)}
    if jnp.issubdtype(batch.y.dtype, jnp.integer):
        right = jnp.argmax(jnp.mean(jax.nn.softmax(outcomes), axis=0), axis=-1) == batch.y.reshape(-1)
        return {**logs, "accuracy": (jnp.sum(right * batch.valid), rows)}
    error = jnp.mean(outcomes, axis=0)[:, : net.observed.targets] - batch.y.reshape(len(batch.y), -1)
    return {**logs, "rmse": (jnp.sum(jnp.mean(error**2, axis=1) * batch.valid), rows)}


def read_predictive(logs: dict[str, Any]) -> dict[str, Any]:
    """The sums of `predictive_statistics`, or of learning, as numbers."""
    read = {name: value[0] / max(value[1], 1) if isinstance(value, tuple) else value for name, value in logs.items()}
    return {**read, "rmse": np.sqrt(read["rmse"])} if "rmse" in read else read
