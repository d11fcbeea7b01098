"""A convolutional network that reads a digit you draw, with all its feature maps; or pictures of your own."""

from typing import TYPE_CHECKING, Any, ClassVar

import jax
import numpy as np

from neuralzoo.core.errors import DataError
from neuralzoo.layers.conv import Conv2D
from neuralzoo.layers.dense import Dense
from neuralzoo.layers.noise import Dropout
from neuralzoo.layers.pool import MaxPooling2D
from neuralzoo.layers.shape import Flatten, Input
from neuralzoo.learn.optimizers import Adam
from neuralzoo.play import limits
from neuralzoo.play.room import numbers, whole
from neuralzoo.play.rooms.lesson import LessonRoom
from neuralzoo.play.settings import Choice, Setting, Slider
from neuralzoo.play.tasks import pictures_of_bytes
from neuralzoo.play.training import Training
from neuralzoo.play.wire import Frame
from neuralzoo.train.sequential import Sequential

if TYPE_CHECKING:
    from neuralzoo.data.dataset import Dataset

PAD = 32  # pixels of the drawing, along a side
LARGEST = 32  # of pictures of one's own
BATCH = 64


class PicturesRoom(LessonRoom):
    """Draw a digit: each layer's maps show what it sees, and the last one says what it is."""

    key = "digits"
    name = "Convolutional network on digits"
    purpose = "draw a digit and see what every feature map makes of it"
    script = "pictures.js"
    asks = ("draw", "row")
    takes = ".zip,.npz,.nz"
    lesson: Training
    settings: ClassVar[tuple[Setting, ...]] = (
        Choice(
            "problem",
            "Pictures",
            "digits",
            "Data",
            options=("digits", "own"),
            hint="own: open a ZIP with a folder of pictures for each class",
        ),
        Slider("first", "Maps of the first layer", 8, "Network", low=2, high=16, step=2),
        Slider("second", "Maps of the second", 16, "Network", low=4, high=32, step=4),
        Choice("size", "Filters", 3, "Network", options=(3, 5)),
        Choice("activation", "Activation", "relu", "Network", options=("relu", "tanh", "sigmoid", "leaky_relu")),
        Slider("dropout", "Dropout", 0.2, "Network", low=0, high=0.8, step=0.1),
        Choice("rate", "Learning rate", 0.003, "Learning", options=(0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03)),
        Slider("seed", "Seed", 0, "Learning", low=0, high=9999, step=1),
    )

    def reset(self) -> None:
        s = self.state
        self.labels = tuple("0123456789")
        if s["problem"] == "own":
            training, self.others, self.labels = own_rows(self.data, s["seed"])
        else:
            training, self.others = digit_rows()
        model = Sequential(layers_of(s, training[0].shape[1:], len(self.labels)), seed=s["seed"])
        model.compile(Adam(s["rate"]), "sparse_categorical_crossentropy", ["accuracy"])
        self.lesson = Training(model, training, self.others, BATCH)
        self.epoch_steps, self.most = self.lesson.source.taken, None
        self.picture = self.others[0][0]

    def scene(self) -> Frame:
        shown = self.others[0][:: max(1, len(self.others[0]) // 24)][:24]
        head = {"labels": self.labels, "pad": PAD, "own": self.state["problem"] == "own", "shape": shown.shape[1:]}
        return Frame("scene", head, {"pictures": shown.mean(axis=-1), "filters": self.filters()})

    def filters(self) -> np.ndarray:
        """The kernels of the first layer, `(maps, size, size)`."""
        first = self.lesson.model.layers[1]
        assert isinstance(first, Conv2D)
        return np.asarray(first.kernel).mean(axis=2).transpose(2, 0, 1)

    def frame(self) -> Frame:
        learned, validated = self.lesson.measure(self.hurried)
        curve = np.array(self.lesson.curve, np.float32).reshape(-1, 3)
        head = {"step": self.lesson.steps, "epoch": self.lesson.epoch, "learned": learned, "validated": validated}
        return Frame("frame", head, {"curve": curve, "filters": self.filters(), **self.seen()})

    def seen(self) -> dict[str, np.ndarray]:
        """What each layer makes of the picture: maps `(maps, side, side)`, and the shares of the classes."""
        first, second, pooled, shares = (np.asarray(a)[0] for a in maps(self.lesson.model.net, self.picture[None]))
        return {
            "picture": self.picture.mean(axis=-1), "first": first.transpose(2, 0, 1), "second": second.transpose(2, 0, 1),
            "pooled": pooled.transpose(2, 0, 1), "shares": shares,
        }  # fmt: skip

    def ask_draw(self, given: dict[str, Any]) -> Frame:
        """A drawing of 32 × 32 pixels, 0 to 1."""
        if self.state["problem"] == "own":
            raise DataError("drawings are read as digits", remedy="choose the digits, or one of your pictures")
        self.picture = as_digit(numbers(given, "pixels", PAD * PAD, 0, 1).reshape(PAD, PAD))
        return self.frame()

    def ask_row(self, given: dict[str, Any]) -> Frame:
        """One of the pictures that it did not learn from."""
        every = max(1, len(self.others[0]) // 24)
        self.picture = self.others[0][::every][whole(given, "row", 0, min(24, len(self.others[0])) - 1)]
        return self.frame()

    def upload(self, name: str, data: bytes) -> None:
        self.open_own(pictures_of_bytes(name, data))

    def program(self) -> str:
        s = self.state
        if s["problem"] == "own":
            folder = self.data.source if self.data is not None else "pictures"
            rows = f"folder = {folder!r}  # of a folder of pictures for each class\n"
            rows += f"(x, y), (x_other, y_other), labels = own_rows(open_dataset(folder), {s['seed']})"
            imports, count = (
                "from neuralzoo.data.opening import open_dataset\nfrom neuralzoo.play.rooms.pictures import layers_of, own_rows",
                "len(labels)",
            )
        else:
            imports, rows, count = (
                "from neuralzoo.play.rooms.pictures import digit_rows, layers_of",
                "(x, y), (x_other, y_other) = digit_rows()",
                "10",
            )
        told = {name: s[name] for name in ("first", "second", "size", "activation", "dropout")}
        return f'''"""What the playground showed: a convolutional network."""

{imports}
from neuralzoo.models import Sequential
from neuralzoo.optimizers import Adam

{rows}
model = Sequential(layers_of({told!r}, x.shape[1:], {count}), seed={s["seed"]})
model.compile(Adam({s["rate"]}), "sparse_categorical_crossentropy", metrics=["accuracy"])
{self.fits("model.fit(x, y", BATCH)}
print(model.evaluate(x_other, y_other, return_dict=True))
model.save("digits.nz")
'''


def layers_of(state: dict[str, Any], shape: tuple[int, ...], classes: int) -> list[Any]:
    """The layers, input first: convolution twice, pooling, and a vote."""
    size, activation = state["size"], state["activation"]
    dropout = [Dropout(state["dropout"])] if state["dropout"] else []
    return [
        Input(tuple(shape)), Conv2D(state["first"], size, activation=activation, padding="same"),
        Conv2D(state["second"], size, activation=activation, padding="same"), MaxPooling2D(2), Flatten(), *dropout,
        Dense(classes, "softmax"),
    ]  # fmt: skip


@jax.jit
def maps(net: Any, x: Any) -> tuple[Any, Any, Any, Any]:
    """What the two convolutions, the pooling and the whole say of pictures."""
    first = net.layers[1](net.layers[0](x))
    second = net.layers[2](first)
    return first, second, net.layers[3](second), net(x)


def digit_rows() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """scikit-learn's digits as pictures `(rows, 8, 8, 1)` from 0 to 1 with their classes: 1,400 to learn from, and 397 others."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))
    pictures, classes = np.asarray(x, np.float32)[order].reshape(-1, 8, 8, 1) / 16, np.asarray(y)[order].astype(np.int32)
    return (pictures[:1400], classes[:1400]), (pictures[1400:], classes[1400:])


def as_digit(drawing: np.ndarray) -> np.ndarray:
    """A drawing `(32, 32)` as those digits are: brought to their size and place, then the ink of 4 × 4 pixels counted, `(8, 8, 1)`."""
    from PIL import Image

    ink = np.argwhere(drawing > 0.3)
    if not len(ink):
        return np.zeros((8, 8, 1), np.float32)
    (top, left), (bottom, right) = ink.min(axis=0), ink.max(axis=0) + 1
    cut = Image.fromarray((drawing[top:bottom, left:right] * 255).astype(np.uint8))
    scale = min(PAD / (bottom - top), 0.85 * PAD / (right - left), 4.0)
    size = max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale))
    whole_ = Image.new("L", (PAD, PAD))
    whole_.paste(cut.resize(size, Image.Resampling.BILINEAR), ((PAD - size[0]) // 2, (PAD - size[1]) // 2))
    return (np.asarray(whole_, np.float32).reshape(8, 4, 8, 4).mean(axis=(1, 3)) / 255)[..., None]


def own_rows(data: "Dataset | None", seed: int) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray], tuple[str, ...]]:
    """The user's pictures, 32 pixels along a side at most, in two parts; and the names of their classes."""
    from PIL import Image

    if data is None or data.kind != "images" or data.x is None:
        raise DataError(
            "no pictures of your own are open",
            remedy="open a ZIP with a folder of pictures for each class, or start `neuralzoo playground FOLDER`",
        )
    order = np.random.default_rng(seed).permutation(len(data))[: limits.ROWS]
    labels = tuple(str(c) for c in (data.class_names or np.unique(data.y)))
    codes = {label: i for i, label in enumerate(labels)}
    scale = LARGEST / max(data.x.shape[1:3])
    width, height = (max(4, round(n * min(1.0, scale))) for n in data.x.shape[2:0:-1])
    pictures = []
    for picture in (np.asarray(data.x[i]) for i in order):
        flat = picture[..., 0] if picture.shape[-1] == 1 else picture[..., :3]
        made = np.asarray(Image.fromarray(flat.astype(np.uint8)).resize((width, height), Image.Resampling.BOX), np.float32) / 255
        pictures.append(made.reshape(*made.shape[:2], -1))
    x, y = np.stack(pictures), np.array([codes[str(v)] for v in data.y[order]], np.int32)
    kept = max(1, min(len(x) - 1, round(0.8 * len(x))))
    return (x[:kept], y[:kept]), (x[kept:], y[kept:]), labels
