"""Attention: each step of a sequence takes what it needs from the steps of another, or of its own."""

from typing import Any, ClassVar, NamedTuple, Self

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from neuralzoo.core.errors import ArgumentError, ShapeError, nearest
from neuralzoo.core.initializers import initializer_named
from neuralzoo.core.layer import Key, Layer, Spec
from neuralzoo.core.masked import Masked, mask_of, remasked, unmasked
from neuralzoo.core.record import Built, keyword, param
from neuralzoo.kernels.random import keep_mask

FAR_BELOW = -1e9  # the score of a step that must not be seen: its weight is exactly 0, and a row of nothing else stays finite
Weights = Float[Array, "batch *heads query_time key_time"]


class Sides(NamedTuple):
    """What attention works on: three arrays `(batch, time, features)`, and which steps are real where that was said."""

    query: Any
    value: Any
    key: Any
    query_mask: Any
    key_mask: Any


class Attending(Layer):
    """What the attention layers have in common: y = softmax(score(query, key)) @ value.

    The input is one sequence `(batch, time, features)`, which then attends to itself, or a tuple `(query, value)` or
    `(query, value, key)`, the key being the value where it is left out. Steps of value or key that a mask calls filling get
    the weight 0. The output has the time axis, and the mask, of the query.

    Fields:
        dropout: the fraction of the weights that is dropped while training.
        use_causal_mask: let no step see a later one.
    """

    masks: ClassVar[bool] = True

    dropout: float = keyword(default=0.0)
    use_causal_mask: bool = keyword(default=False)

    def project(self, sides: Sides) -> tuple[Any, Any, Any]:
        """Query, key and value in the form that is compared and mixed."""
        return sides.query, sides.key, sides.value

    def compare(self, query: Any, key: Any) -> Weights:
        """How well each step of the query goes with each of the key; the greater, the better."""
        raise NotImplementedError(f"{type(self).__name__} defines no compare")

    def finish(self, y: Any) -> Any:
        """The output, from the mixtures of values."""
        return y

    def scores(self, x: Any) -> Weights:
        """The weights of the values for each step of the query, which sum to 1: `(batch, [heads,] query time, key time)`."""
        return self._attend(self._sides(x), None)[1]

    def workings(self, x: Any) -> dict[str, Any]:
        return {"attention": self.scores(x)}

    def __call__(self, x: Any) -> Any:
        return self._attend(self._sides(x), None)[0]

    def forward(self, x: Any, key: Key) -> tuple[Any, Self]:
        return self._attend(self._sides(x), key)[0], self

    def _attend(self, sides: Sides, noise: Key | None) -> tuple[Any, Weights]:
        query, key, value = self.project(sides)
        raw = self.compare(query, key)
        weights = jax.nn.softmax(raw if (seen := self._seen(sides, raw.ndim)) is None else jnp.where(seen, raw, FAR_BELOW), axis=-1)
        if noise is not None and self.dropout:
            kept = jnp.where(keep_mask(noise, self.dropout, weights.shape), weights / (1 - self.dropout), 0)
        else:
            kept = weights
        return remasked(self.finish(jnp.einsum("...qk,...kd->...qd", kept, value)), sides.query_mask), weights

    def _seen(self, sides: Sides, ndim: int) -> Any:
        """Which steps of the key each of the query may see; None for all."""
        seen = None
        if sides.key_mask is not None:
            seen = jnp.expand_dims(sides.key_mask.astype(bool), tuple(range(1, ndim - 1)))
        if self.use_causal_mask:
            past = jnp.tril(jnp.ones((sides.query.shape[1], sides.key.shape[1]), bool))
            seen = past if seen is None else seen & past
        return seen

    def _sides(self, x: Any) -> Sides:
        parts = tuple(x) if isinstance(x, tuple | list) else (x, x)
        if len(parts) not in (2, 3):
            raise ShapeError(f"{type(self).__name__} was given {len(parts)} arrays", remedy="give (query, value) or (query, value, key)")
        query, value, key = (*parts, parts[1])[:3]
        shapes = [tuple(a.shape) for a in (query, value, key)]
        if any(len(shape) != 3 for shape in shapes):
            what = f"{type(self).__name__} needs (batch, time, features), but its inputs have shapes {', '.join(map(str, shapes))}"
            raise ShapeError(what, remedy="reshape each to three axes; a recurrent layer in front needs return_sequences=True")
        if shapes[1][:2] != shapes[2][:2] or len({shape[0] for shape in shapes}) > 1:
            what = f"query, value and key of shapes {shapes[0]}, {shapes[1]} and {shapes[2]} do not go together"
            raise ShapeError(what, remedy="give all the same batch, and value and key the same number of steps")
        masks = [mask_of(a) for a in (value, key) if isinstance(a, Masked)]
        key_mask = None if not masks else masks[0] if len(masks) == 1 else masks[0] & masks[1]
        return Sides(unmasked(query), unmasked(value), unmasked(key), mask_of(query), key_mask)


class Attention(Attending):
    """softmax(query @ keyᵀ) @ value: `(batch, query time, in), (batch, key time, out) -> (batch, query time, out)`.

    Fields (and those of `Attending`):
        use_scale: learn a factor of the scores.
        score_mode: "dot", or "concat" for Σ tanh(query + key).

    Example:
        >>> import jax.numpy as jnp
        >>> query, value = jnp.array([[[10.0, 0.0]]]), jnp.array([[[1.0, 0.0], [0.0, 1.0]]])
        >>> Attention().scores((query, value)).round(3).tolist()
        [[[1.0, 0.0]]]

    Reference: M.-T. Luong et al., "Effective approaches to attention-based neural machine translation", EMNLP 2015.
    """

    use_scale: bool = False
    score_mode: str = "dot"
    scale: Built[Float[Array, ""]] = param()
    concat_score_weight: Built[Float[Array, ""]] = param()

    def __post_init__(self) -> None:
        if self.score_mode not in ("dot", "concat"):
            what = f"Attention(score_mode={self.score_mode!r}) is unknown"
            raise ArgumentError(what, remedy=nearest(str(self.score_mode), ("dot", "concat")))
        check_rate(self)

    def build(self, x: Spec, key: Key) -> Self:
        _check_features(self, self._sides(x))
        one = jnp.ones(())
        return self.set(scale=one if self.use_scale else None, concat_score_weight=one if self.score_mode == "concat" else None)

    def compare(self, query: Any, key: Any) -> Weights:
        if self.score_mode == "dot":
            raw = jnp.einsum("bqd,bkd->bqk", query, key)
            return raw if self.scale is None else raw * self.scale
        pair = query[:, :, None] + key[:, None]
        return self.concat_score_weight * jnp.tanh(pair if self.scale is None else pair * self.scale).sum(-1)


class AdditiveAttention(Attending):
    """softmax(Σ scale · tanh(query + key)) @ value: `(batch, query time, in), (batch, key time, in) -> (batch, query time, in)`.

    Fields (and those of `Attending`):
        use_scale: learn a factor for each feature.

    Reference: D. Bahdanau, K. Cho, Y. Bengio, "Neural machine translation by jointly learning to align and translate", ICLR 2015.
    """

    use_scale: bool = True
    scale: Built[Float[Array, " features"]] = param()

    def __post_init__(self) -> None:
        check_rate(self)

    def build(self, x: Spec, key: Key) -> Self:
        sides = self._sides(x)
        _check_features(self, sides)
        return self.set(scale=initializer_named("glorot_uniform")(key, (sides.key.shape[-1],)) if self.use_scale else None)

    def compare(self, query: Any, key: Any) -> Weights:
        pair = jnp.tanh(query[:, :, None] + key[:, None])
        return (pair if self.scale is None else pair * self.scale).sum(-1)


def check_rate(layer: Attending) -> None:
    """Refuse a dropout that is not a fraction."""
    if not 0 <= layer.dropout < 1:
        what = f"{type(layer).__name__}(dropout={layer.dropout!r}) is not possible"
        raise ArgumentError(what, remedy="choose a fraction between 0 and 1 (1 excluded)")


def _check_features(layer: Attending, sides: Sides) -> None:
    if sides.query.shape[-1] != sides.key.shape[-1]:
        raise ShapeError(
            f"{type(layer).__name__} compares a query of {sides.query.shape[-1]} features with a key of {sides.key.shape[-1]}",
            remedy="bring them to the same number with a Dense layer, or use MultiHeadAttention",
        )
