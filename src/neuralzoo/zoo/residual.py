"""Deep residual networks: blocks of layers that only learn what is to be added to their input."""

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from neuralzoo import architectures
from neuralzoo.core.composite import Chain
from neuralzoo.core.layer import Layer
from neuralzoo.layers.combine import Residual
from neuralzoo.train.batches import as_array
from neuralzoo.zoo.backpropagating import Rate
from neuralzoo.zoo.card import Card, Goal
from neuralzoo.zoo.images import ImageClassifier, digits

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ASKED = 128  # rows whose gradient is taken


class ResidualNetwork(ImageClassifier):
    """A classifier of images 6n + 2 layers deep: three stages of n blocks with shortcuts around them, `architectures.cifar_resnet`.

    `DeepConvolutionalNetwork("resnet18")` and its like are those for larger images.

    Args:
        depth: 8, 14, 20, 26, 32, …
        width: channels of the first stage; each later one has twice as many.
        shortcuts: "identity", "projection" or "projections"; None for the plain network of equal depth.
        rate: of Adam; or a schedule of it, or another optimizer.
        seed: of weights and the order of rows.

    Example:
        >>> draws = np.random.default_rng(0)
        >>> x, y = draws.random((16, 8, 8, 1), np.float32), np.arange(16) % 2
        >>> net = ResidualNetwork(8, width=2)
        >>> history = net.fit(x, y, epochs=1, verbose=0)
        >>> net.gradient_norms(x, y).shape  # of the seven convolutions
        (7,)
    """

    card = Card(
        key="drn",
        name="Deep residual network",
        short="DRN",
        year=2016,
        authors="K. He, X. Zhang, S. Ren, J. Sun",
        reference="Deep residual learning for image recognition, CVPR",
        cells=("input", "kernel", "convolution or pool", "hidden", "output"),
        rule="gradient descent, errors also going back along the shortcuts, undiminished",
        purpose="train networks of very many layers",
        verbs=("predict", "evaluate", "classify", "gradient_norms"),
        goals=(
            Goal(
                "CIFAR-10: with shortcuts 56 layers learn better than 20, without them worse (He et al. 2016, figure 6)",
                "10,000 images, training error of 20 and 56 layers: residual 14.7, 12.1 % after 45 epochs; plain 28.8, 66.7 % after 30",
                "python examples/cifar_depth.py",
            ),
        ),
    )

    def __init__(self, depth: int = 20, width: int = 16, shortcuts: str | None = "identity", *, rate: Rate = 1e-3, seed: int | None = None):
        ImageClassifier.__init__(self, architectures.cifar_resnet(depth, width=width, shortcuts=shortcuts), rate, seed)

    def gradient_norms(self, x: Any, y: Any, *, cut: bool = False) -> np.ndarray:
        """How large the loss's gradient is at each convolution's filters, first to last, as the network is now; or with shortcuts cut."""
        self.require_fitted("tell its gradients")
        net = jax.tree.map(_cut, self.net, is_leaf=lambda layer: isinstance(layer, Residual)) if cut else self.net
        return np.asarray(_norms(net, as_array(x, "x")[:ASKED], as_array(y, "y")[:ASKED]))

    def draw(self, x: Any = None, y: Any = None) -> "Figure":
        """How the gradient fares on its way back, with these weights: with the shortcuts, and where they are cut."""
        from neuralzoo.inspect.convolution_plots import gradients_by_depth

        self.require_fitted("draw")
        if x is None or y is None:
            draws = np.random.default_rng(self.seed)
            x, y = draws.random((16, *self.input.shape[1:]), np.float32), np.arange(16) % (self.classes or 2)
        lines = {"with shortcuts": self.gradient_norms(x, y)}
        if any(isinstance(layer, Residual) for layer in self.net.layers):
            lines["the same, shortcuts cut"] = self.gradient_norms(x, y, cut=True)
        return gradients_by_depth(lines, self.history.history.get("loss", ()))

    @staticmethod
    def example() -> "Figure":
        """Learn scikit-learn's digits by 14 layers, and see the gradient of each, with the shortcuts and where they are cut."""
        learned, (x, y) = digits(800)
        net = ResidualNetwork(14, 4, rate=0.01, seed=0)
        net.fit(*learned, epochs=4, batch_size=50, verbose=0)
        print(f"{np.mean(net.classify(x) == y):.1%} of 400 digits it has not seen")
        return net.draw(*learned)


def _cut(layer: Any) -> Any:
    """What a block is without its shortcut."""
    if not isinstance(layer, Residual):
        return layer
    return layer.body if isinstance(layer.body, Layer) else Chain(layer.body)


@jax.jit
def _norms(net: Layer, x: Any, y: Any) -> Any:
    def loss(net: Any) -> Any:
        answer, _ = net.forward(jnp.asarray(x, jnp.float32), jax.random.key(0))
        return -jnp.log(jnp.take_along_axis(answer, y.reshape(-1, 1), 1) + 1e-30).mean()

    slopes = jax.tree_util.tree_flatten_with_path(jax.grad(loss, allow_int=True)(net))[0]
    return jnp.stack([jnp.linalg.norm(slope) for path, slope in slopes if getattr(path[-1], "name", "") == "kernel" and slope.ndim == 4])
