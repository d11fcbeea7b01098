"""Kohonen's map unfolding over data of the plane."""

from typing import ClassVar

import numpy as np

from neuralzoo.play.problems import problem
from neuralzoo.play.rooms.lesson import LessonRoom
from neuralzoo.play.settings import Choice, Setting, Slider
from neuralzoo.play.wire import Frame
from neuralzoo.zoo.kohonen import KohonenMap

ROWS, EPOCHS, BATCH = 800, 25, 20
SHAPES = ("square", "ring", "cross", "moons", "spirals", "three clouds")


class KohonenRoom(LessonRoom):
    """A net of units is thrown over the rows; winners pull their neighbours along."""

    key = "kohonen"
    name = KohonenMap.card.name
    purpose = KohonenMap.card.purpose
    script = "kohonen.js"
    settings: ClassVar[tuple[Setting, ...]] = (
        Choice("data", "Rows lie in", "ring", "Data", options=SHAPES),
        Slider("side", "Units along a side", 10, "Map", low=2, high=20, step=1),
        Choice("grid", "Grid", "rectangular", "Map", options=("rectangular", "hexagonal")),
        Choice("start", "Starts", "rows", "Map", options=("rows", "pca"), hint="units at rows drawn at random, or on the principal plane"),
        Slider("radius", "Radius at first", 4.0, "Learning", low=0.5, high=8, step=0.5),
        Slider("rate", "Rate at first", 0.5, "Learning", low=0.05, high=1, step=0.05),
        Choice("near", "Neighbours follow by", "gaussian", "Learning", options=("gaussian", "bubble")),
        Choice("decay", "Radius and rate fall", "linear", "Learning", options=("linear", "asymptotic", "inverse", "constant")),
        Slider("seed", "Seed", 0, "Learning", low=0, high=9999, step=1),
    )

    def reset(self) -> None:
        s = self.state
        self.rows = rows_in(s["data"], s["seed"])
        model = KohonenMap(
            (s["side"], s["side"]), s["grid"], rule="online", radius=s["radius"], rate=s["rate"], near=s["near"], decay=s["decay"],
            start=s["start"], seed=s["seed"],
        )  # fmt: skip
        self.map = model
        self.teach(model, self.rows, None, BATCH, EPOCHS)

    def scene(self) -> Frame:
        units = np.arange(self.state["side"] ** 2)
        beside = np.argwhere(np.triu(np.asarray(self.map.net.beside(units[:, None], units[None])), 1))
        if self.state["grid"] == "rectangular":  # the diagonals count as neighbours, but hide the net
            places = self.map.net.places()
            beside = beside[np.abs(places[beside[:, 0]] - places[beside[:, 1]]).sum(axis=1) < 1.5]
        return Frame("scene", {"epochs": EPOCHS}, {"rows": self.rows, "edges": beside})

    def frame(self) -> Frame:
        rows = self.rows
        errors = {"quantization": self.map.quantization_error(rows), "topographic": self.map.topographic_error(rows)}
        return self.learned(errors, {"units": np.asarray(self.map.net.kernel), "hits": self.map.hits(rows).ravel()})

    def program(self) -> str:
        s = self.state
        told = ", ".join(f"{name}={s[name]!r}" for name in ("radius", "rate", "near", "decay", "start", "seed"))
        return f'''"""What the playground showed: Kohonen's map over rows of the plane."""

from neuralzoo.callbacks import Callback
from neuralzoo.play.rooms.kohonen import rows_in
from neuralzoo.zoo import KohonenMap


class Pause(Callback):
    def on_train_batch_end(self, batch, logs=None):
        self.model.stop_training = self.model.count >= {self.lesson.steps}  # of {EPOCHS * self.epoch_steps}


x = rows_in({s["data"]!r}, seed={s["seed"]})
lattice = KohonenMap(({s["side"]}, {s["side"]}), {s["grid"]!r}, {told})
lattice.fit(x, batch_size={BATCH}, epochs={EPOCHS if self.lesson.steps else 0}, callbacks=[Pause()], verbose=0)
print(lattice.quantization_error(x), lattice.topographic_error(x))
lattice.draw(x).savefig("kohonen.png")
lattice.save("kohonen.nz")
'''


def rows_in(shape: str, seed: int = 0) -> np.ndarray:
    """Rows of the plane `(800, 2)` that fill a shape."""
    rng = np.random.default_rng(seed)
    if shape in ("moons", "spirals", "three clouds"):
        (x, _), (other, _) = problem(shape, ROWS, 0.02, 0.5, seed)
        return np.concatenate([x, other])
    x = rng.uniform(-0.95, 0.95, (ROWS, 2))
    if shape == "ring":
        angle, radius = rng.uniform(0, 2 * np.pi, ROWS), rng.uniform(0.55, 0.95, ROWS)
        x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    if shape == "cross":
        across = rng.integers(0, 2, ROWS)
        x[np.arange(ROWS), across] *= 0.3
    return x.astype(np.float32)
