"""A support vector machine whose margin moves with C."""

import warnings
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np

from neuralzoo.play.problems import problem
from neuralzoo.play.room import Room
from neuralzoo.play.settings import Choice, Setting, Slider
from neuralzoo.play.wire import Frame
from neuralzoo.zoo.support_vector import SupportVectorMachine

ROWS, SIDE = 80, 60
LEAST, MOST, STEP = -2.0, 3.0, 0.05


class MarginRoom(Room):
    """Two classes, the line between them, the margin and the rows that hold it. Play lets C grow."""

    key = "svm"
    name = SupportVectorMachine.card.name
    purpose = SupportVectorMachine.card.purpose
    script = "margin.js"
    epoch_steps, fast_steps = 20, 2
    settings: ClassVar[tuple[Setting, ...]] = (
        Slider("c", "C, as a power of ten", 0.0, "Machine", low=LEAST, high=MOST, step=STEP, live=True, hint="what a violation costs"),
        Choice("kernel", "Kernel", "linear", "Machine", options=("linear", "rbf", "poly")),
        Slider(
            "gamma", "γ, as a power of ten", 0.5, "Machine", low=-1, high=2, step=0.1, hint="how near a row has to be, of the radial kernel"
        ),
        Choice("problem", "Problem", "gaussians", "Data", options=("gaussians", "moons", "circle", "xor", "spirals")),
        Slider("noise", "Noise", 0.15, "Data", low=0, high=0.5, step=0.01),
        Slider("seed", "Seed", 0, "Data", low=0, high=9999, step=1),
    )

    def reset(self) -> None:
        (x, y), (other, y_other) = problem(self.state["problem"], ROWS, self.state["noise"], 0.5, self.state["seed"])
        self.x, self.y = np.concatenate([x, other]), np.concatenate([y, y_other]).astype(int)
        self.curve: list[tuple[float, float, float]] = []
        self.fit()

    def changed(self, name: str) -> None:
        self.fit()

    def fit(self) -> None:
        machine = SupportVectorMachine(10 ** self.state["c"], self.state["kernel"], 10 ** self.state["gamma"], seed=0)
        with warnings.catch_warnings(action="ignore"):  # a search that needs more rounds is told by its gap
            machine.fit(self.x, self.y, verbose=0)
        self.machine = machine
        self.curve = [(c, m, n) for c, m, n in self.curve if c != self.state["c"]]
        self.curve = sorted([*self.curve, (self.state["c"], float(machine.margin[0]), float(len(machine.support)))])

    def step(self) -> None:
        self.state["c"] = round(min(MOST, self.state["c"] + STEP), 2)
        self.over = self.state["c"] >= MOST
        self.fit()

    def begin(self) -> None:
        if self.state["c"] >= MOST:
            self.state["c"] = LEAST
        Room.begin(self)

    def scene(self) -> Frame:
        return Frame("scene", {"side": SIDE, "low": LEAST, "high": MOST}, {"points": self.x, "y": self.y})

    def frame(self) -> Frame:
        machine = self.machine
        line = np.linspace(-1.3, 1.3, SIDE, dtype=np.float32)
        plane = np.stack(np.meshgrid(line, line[::-1]), axis=-1).reshape(-1, 2)
        score = machine.evaluate(self.x, self.y, verbose=0, return_dict=True)
        head = {"c": self.state["c"], "margin": float(machine.margin[0]), "kept": len(machine.support), "gap": machine.gap, **score}
        arrays = {"surface": decisions(machine, plane).reshape(SIDE, SIDE), "support": machine.support}
        return Frame("frame", head, {**arrays, "curve": np.array(self.curve, np.float32)})

    def model(self) -> SupportVectorMachine:
        return self.machine

    def program(self) -> str:
        s = self.state
        return f'''"""What the playground showed: a margin."""

import numpy as np

from neuralzoo.play.problems import problem
from neuralzoo.zoo import SupportVectorMachine

parts = problem({s["problem"]!r}, {ROWS}, {s["noise"]}, 0.5, {s["seed"]})
x, y = (np.concatenate(of) for of in zip(*parts))
machine = SupportVectorMachine({10 ** s["c"]!r}, {s["kernel"]!r}, {10 ** s["gamma"]!r}, seed=0)
machine.fit(x, y.astype(int), verbose=0)
print("margin", machine.margin[0], "support vectors", len(machine.support))
machine.draw().savefig("svm.png")
machine.save("svm.nz")
'''


def decisions(machine: SupportVectorMachine, x: Any) -> np.ndarray:
    """f at points `(rows, 2)`, compiled for all of one number."""
    return machine.decision_function(jnp.asarray(x))
