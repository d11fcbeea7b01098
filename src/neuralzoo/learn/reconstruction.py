"""The objective of autoencoders: give back what came in, spoilt or through a narrow place."""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array

from neuralzoo.core.composite import calling, training
from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Key, Layer, describe
from neuralzoo.core.regularizers import penalty
from neuralzoo.layers.autoencoding import Autoencoding
from neuralzoo.learn.code_penalties import CodePenalty
from neuralzoo.learn.greedy import Greedy
from neuralzoo.learn.learner import Batch, Learner, mean_statistics
from neuralzoo.learn.logits import scored
from neuralzoo.learn.loss import Loss
from neuralzoo.learn.objective import Objective, Priced


class Reconstruction(Objective):
    """The mean loss of rows against what an `Autoencoding` makes of them, plus a price of the code; other targets may be given.

    With a price the history tells both terms, "reconstruction" and "penalty", beside their sum, "loss". A price of mean activations is
    told for the mean over the whole epoch.

    Fields:
        loss: of a row; cross-entropies are taken before the decoder's last sigmoid.
        price_of_code: a `CodePenalty`, or None.
    """

    loss: Loss
    price_of_code: CodePenalty | None = None

    def check(self, net: Layer) -> None:
        if not isinstance(net, Autoencoding):
            raise ArgumentError(f"only an Autoencoding reconstructs, not {describe(net)}", remedy="compile with a loss")

    def price(self, net: Autoencoding, batch: Batch, key: Key | None, count: Any) -> Priced:
        seen = scored(net.decoder, self.loss)
        bare, x = net.set(decoder=seen.net), batch.x.astype(jnp.float32)
        coded = bare.through(x, calling() if key is None else training(key))
        rows = seen.loss.rows(x if batch.y is None else batch.y, coded.y) * batch.weight + penalty(net)
        logs: dict[str, Any] = {"loss": mean_statistics(rows, batch.valid)}
        value: Array = logs["loss"][0] / jnp.maximum(logs["loss"][1], 1)
        if self.price_of_code is not None:
            logs["penalty"] = self.price_of_code.measure(net, x, coded.code, batch.valid)
            value = value + self.price_of_code.result(logs["penalty"])
        return Priced(value, logs, coded.after.set(decoder=seen.restore(coded.after.decoder)))

    def read(self, logs: dict[str, Any]) -> dict[str, Any]:
        loss = logs["loss"][0] / max(logs["loss"][1], 1)
        if self.price_of_code is None:
            return {"loss": loss}
        price = self.price_of_code.result(logs["penalty"])
        return {"loss": loss + price, "reconstruction": loss, "penalty": price}

    def names(self) -> list[str]:
        return ["loss"] if self.price_of_code is None else ["loss", "reconstruction", "penalty"]

    def check_targets(self, y: Any, outputs: Any) -> None:
        require_rows_as_targets(y, outputs)


def require_rows_as_targets(y: Any, outputs: Any) -> None:
    """Raise `ArgumentError` for targets that are no rows: a network that reconstructs learns without labels."""
    if y is not None and getattr(y, "shape", ())[1:] != outputs.shape[1:]:
        what = f"y has the shape {getattr(y, 'shape', None)}, but an autoencoder learns from rows alone, of {outputs.shape[1:]} here"
        raise ArgumentError(what, remedy="leave y out; labels come in with to_classifier")


class GreedyReconstruction(Greedy):
    """`Greedy` for an `Autoencoding`: each layer learns to reconstruct, by `rule`, the codes that those below make of the rows.

    Assessed is the reconstruction through the whole stack.

    Fields:
        rule: of each layer, a `Gradient` whose loss is a `Reconstruction` without a price of the code.
        epochs: passes over the data for each layer.

    References: Y. Bengio et al., "Greedy layer-wise training of deep networks", NeurIPS 2006; P. Vincent et al., "Stacked denoising
    autoencoders", Journal of Machine Learning Research 11, 2010.
    """

    def check(self, net: Layer) -> None:
        self.rule.check(net)

    def stages(self, net: Autoencoding) -> tuple[Autoencoding, ...]:
        return net.stages()

    def restaged(self, net: Autoencoding, stages: tuple[Autoencoding, ...]) -> Autoencoding:
        return net.restaged(stages)

    def above(self, stage: Autoencoding, rows: Any) -> Any:
        return stage.encode(rows)

    def assess(self, net: Autoencoding, batch: Batch) -> dict[str, Any]:
        return self.rule.assess(net, batch)

    def read(self, logs: dict[str, Any]) -> dict[str, Any]:
        return Learner.read(self, logs)
