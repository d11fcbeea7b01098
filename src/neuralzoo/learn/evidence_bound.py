"""The objective of variational autoencoders: a lower bound of the logarithm of the evidence."""

from typing import Any

import jax
import jax.numpy as jnp

from neuralzoo.core.composite import calling, training
from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Key, Layer, describe
from neuralzoo.core.regularizers import penalty
from neuralzoo.kernels.random import normals, own_normals
from neuralzoo.layers.variational import Variational, divergence
from neuralzoo.learn.learner import Batch, mean_statistics
from neuralzoo.learn.objective import Objective, Priced
from neuralzoo.learn.reconstruction import require_rows_as_targets


class EvidenceBound(Objective):
    """−ELBO of rows in nats: −ln p(x | z) + β · KL(q(z | x) ‖ p(z)), with one z drawn for each row.

    The history tells both terms, "reconstruction" and "kl", beside their sum, "loss". Assessed rows draw from what they hold, so that
    the price of a row is the same in any batch; and at the full β.

    Fields:
        beta: β; 1 is the bound, more asks for codes whose numbers are independent, 0 leaves an autoencoder with noise in its code.
        warmup: steps over which β rises from 0, in proportion.

    References: D. Kingma, M. Welling, 2014; I. Higgins et al., "β-VAE", ICLR 2017; S. Bowman et al., "Generating sentences from a
    continuous space", 2016 (the warm-up).
    """

    beta: float = 1.0
    warmup: int = 0

    def __post_init__(self) -> None:
        if self.beta < 0 or self.warmup < 0:
            what = f"EvidenceBound(beta={self.beta}, warmup={self.warmup}) is not possible"
            raise ArgumentError(what, remedy="give numbers of at least 0")

    def check(self, net: Layer) -> None:
        if not isinstance(net, Variational):
            raise ArgumentError(f"only a Variational layer has this bound, not {describe(net)}", remedy="compile with a loss")

    def weight(self, count: Any) -> Any:
        """β after `count` steps, at the end where it is None."""
        return self.beta if count is None or not self.warmup else self.beta * jnp.minimum(1.0, count / self.warmup)

    def price(self, net: Variational, batch: Batch, key: Key | None, count: Any) -> Priced:
        x = batch.x.astype(jnp.float32)
        if key is None:
            seen = net.through(x, calling(), own_normals(x, net.latent))
        else:
            seen = net.through(x, training(key), normals(jax.random.fold_in(key, 3), (len(x), net.latent)))
        target = x if batch.y is None else batch.y.astype(jnp.float32)
        terms = {"reconstruction": net.surprise(target, seen.y), "kl": divergence(seen.mean, seen.log_variance)}
        rows = (terms["reconstruction"] + self.weight(count) * terms["kl"]) * batch.weight + penalty(net)
        logs = {name: mean_statistics(values, batch.valid) for name, values in {"loss": rows, **terms}.items()}
        return Priced(logs["loss"][0] / jnp.maximum(logs["loss"][1], 1), logs, seen.after)

    def names(self) -> list[str]:
        return ["loss", "reconstruction", "kl"]

    def check_targets(self, y: Any, outputs: Any) -> None:
        require_rows_as_targets(y, outputs)
