"""Autoencoding: rows through a code, and back again."""

from typing import Any, NamedTuple, Self

from neuralzoo.core.composite import Chain, Composite, Visit
from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.layer import Identity, Layer
from neuralzoo.core.record import part
from neuralzoo.layers.dense import Dense


class Coded(NamedTuple):
    """What became of rows.

    code: what the encoder made of them.
    y: what the decoder made of that.
    after: the layer's successor.
    """

    code: Any
    y: Any
    after: "Autoencoding"


class Autoencoding(Composite):
    """decoder(encoder(x)), a reconstruction of x: `(batch, …) -> (batch, …)`. While training the encoder is given x spoilt.

    Tied, the decoder's kernels are those of the encoder turned round, in reverse order; only its biases are its own.

    Fields:
        encoder, decoder: chains of layers.
        corruption: what spoils x while training, such as `MaskingNoise`.
        tied: whether the decoder shares the encoder's kernels; both are chains of `Dense` layers then.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from neuralzoo.layers import Chain, Dense
        >>> net = Autoencoding(Chain([Dense(2, activation="tanh")]), Chain([Dense(5)]), tied=True)
        >>> net = net.build(jax.ShapeDtypeStruct((1, 5), jnp.float32), jax.random.key(0))
        >>> net.encode(jnp.ones((3, 5))).shape, net(jnp.ones((3, 5))).shape, sum(a.size for a in jax.tree.leaves(net))
        ((3, 2), (3, 5), 17)

    References: D. Rumelhart, G. Hinton, R. Williams, "Learning internal representations by error propagation", 1986; H. Bourlard,
    Y. Kamp, "Auto-association by multilayer perceptrons and singular value decomposition", Biological Cybernetics 59, 1988.
    """

    encoder: Chain = part()
    decoder: Chain = part()
    corruption: Layer = part(default=Identity())
    tied: bool = False

    def __post_init__(self) -> None:
        if self.tied and not _mirrored(self.encoder, self.decoder):
            what = "tied weights are for two chains of equally many Dense layers"
            raise ArgumentError(what, remedy="leave tied out, or mirror the encoder's Dense layers in the decoder")

    def thread(self, x: Any, visit: Visit) -> tuple[Any, Self]:
        seen = self.through(x, visit)
        return seen.y, seen.after  # type: ignore[return-value]

    def through(self, x: Any, visit: Visit) -> Coded:
        """Rows on their whole way."""
        spoilt, corruption = visit((self.corruption, self.encoder, self.decoder), 0, x)
        code, encoder = visit((self.corruption, self.encoder, self.decoder), 1, spoilt, (x,))
        y, decoder = visit((self.corruption, self.encoder, self.set(encoder=encoder).decoding), 2, code, (x, spoilt))
        return Coded(code, y, self.set(corruption=corruption, encoder=encoder, decoder=self._own(decoder)))

    def encode(self, x: Any) -> Any:
        """The code of rows."""
        return self.encoder(x)

    def decode(self, code: Any) -> Any:
        """The rows that a code stands for."""
        return self.decoding(code)

    @property
    def decoding(self) -> Chain:
        """The decoder with the kernels that it uses."""
        if not self.tied:
            return self.decoder
        pairs = zip(self.decoder.layers, reversed(self.encoder.layers), strict=True)
        return self.decoder.set(layers=tuple(down.set(kernel=up.kernel.T) for down, up in pairs))  # type: ignore[attr-defined]

    def _own(self, decoder: Any) -> Chain:
        """The decoder without what is the encoder's."""
        return decoder.set(layers=tuple(layer.set(kernel=None) for layer in decoder.layers)) if self.tied else decoder

    def stages(self) -> tuple["Autoencoding", ...]:
        """Its layers in pairs, from the data on: what encodes, and what decodes that again, each pair an autoencoder of its own."""
        if len(self.encoder.layers) != len(self.decoder.layers):
            raise ArgumentError("the encoder and the decoder have no layers in pairs", remedy="mirror the encoder in the decoder")
        pairs = zip(self.encoder.layers, reversed(self.decoder.layers), strict=True)
        return tuple(self.set(encoder=Chain((up,)), decoder=Chain((down,))) for up, down in pairs)

    def restaged(self, stages: "tuple[Autoencoding, ...]") -> Self:
        """The same with its layers from `stages`."""
        up, down = (tuple(layer for stage in stages for layer in getattr(stage, side).layers) for side in ("encoder", "decoder"))
        return self.set(encoder=self.encoder.set(layers=up), decoder=self.decoder.set(layers=down[::-1]))


def _mirrored(encoder: Chain, decoder: Chain) -> bool:
    same = len(encoder.layers) == len(decoder.layers)
    return same and all(isinstance(layer, Dense) for layer in (*encoder.layers, *decoder.layers))
