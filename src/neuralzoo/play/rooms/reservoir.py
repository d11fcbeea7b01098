"""An echo state network: a random reservoir, a trained read-out, and a series that goes on by itself."""

import warnings
from typing import ClassVar

import numpy as np

from neuralzoo.play.room import Room
from neuralzoo.play.settings import Choice, Setting, Slider
from neuralzoo.play.wire import Frame
from neuralzoo.zoo.echo_state import EchoStateNetwork
from neuralzoo.zoo.series import mackey_glass

LEARNED, WASHOUT, AHEAD, SHOWN, TRACES = 2000, 100, 300, 120, 12


class ReservoirRoom(Room):
    """The reservoir echoes what it hears; then it listens to itself, and play shows how long it stays with the truth."""

    key = "esn"
    name = EchoStateNetwork.card.name
    purpose = EchoStateNetwork.card.purpose
    script = "reservoir.js"
    epoch_steps, fast_steps = 50, 4
    settings: ClassVar[tuple[Setting, ...]] = (
        Choice("series", "Series", "Mackey–Glass", "Data", options=("Mackey–Glass", "sine", "two sines", "triangle")),
        Slider("units", "Units", 300, "Reservoir", low=10, high=500, step=10),
        Slider(
            "radius",
            "Spectral radius",
            1.25,
            "Reservoir",
            low=0.1,
            high=2,
            step=0.05,
            hint="how long echoes last; above 1 they may never end",
        ),
        Slider("leak", "Leak", 0.3, "Reservoir", low=0.1, high=1, step=0.1, hint="how quickly a unit follows what it hears"),
        Choice("ridge", "Ridge", 1e-4, "Read-out", options=(1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)),
        Slider("seed", "Seed", 0, "Reservoir", low=0, high=9999, step=1),
    )

    def reset(self) -> None:
        s = self.state
        series = series_of(s["series"], LEARNED + AHEAD + 1)
        self.network = EchoStateNetwork(s["units"], s["radius"], s["leak"], s["ridge"], WASHOUT, seed=s["seed"])
        with warnings.catch_warnings(action="ignore"):  # the page shows what the warning says
            self.network.fit(series[:LEARNED], series[1 : LEARNED + 1], verbose=0)
        self.truth = series[LEARNED + 1 :, 0][:AHEAD]
        self.heard = series[LEARNED - SHOWN : LEARNED, 0]
        self.own = self.network.generate(AHEAD, series[: LEARNED + 1])[:AHEAD, 0]
        echoed = np.concatenate([series[: LEARNED + 1], self.own[:, None]])
        self.states = self.network.transform(echoed)[LEARNED - SHOWN : LEARNED + AHEAD, :TRACES]
        self.forgetting = self.network.forgetting(series[:LEARNED])[:SHOWN]
        self.error = self.network.evaluate(series[WASHOUT:LEARNED], series[WASHOUT + 1 : LEARNED + 1], verbose=0, return_dict=True)

    def step(self) -> None:
        self.over = self.steps + 1 >= AHEAD

    def scene(self) -> Frame:
        eigenvalues = np.linalg.eigvals(np.asarray(self.network.cell.matrix()))
        arrays = {"eigenvalues": np.stack([eigenvalues.real, eigenvalues.imag], axis=1), "forgetting": self.forgetting, "heard": self.heard}
        return Frame("scene", {"radius": self.state["radius"], "shown": SHOWN, "loss": self.error["loss"]}, arrays)

    def frame(self) -> Frame:
        done = self.steps
        wrong = float(np.sqrt(np.mean((self.own[:done] - self.truth[:done]) ** 2))) if done else 0.0
        arrays = {"own": self.own[:done], "truth": self.truth[:done], "states": self.states[done : done + SHOWN].T}
        return Frame("frame", {"step": done, "error": wrong}, arrays)

    def model(self) -> EchoStateNetwork:
        return self.network

    def program(self) -> str:
        s = self.state
        return f'''"""What the playground showed: a reservoir goes on with a series."""

from neuralzoo.play.rooms.reservoir import series_of
from neuralzoo.zoo import EchoStateNetwork

series = series_of({s["series"]!r}, {LEARNED + AHEAD + 1})
network = EchoStateNetwork({s["units"]}, {s["radius"]}, {s["leak"]}, {s["ridge"]}, {WASHOUT}, seed={s["seed"]})
network.fit(series[:{LEARNED}], series[1:{LEARNED + 1}], verbose=0)
print(network.generate({AHEAD}, series[:{LEARNED + 1}]))
network.draw(series[:{LEARNED}], series[1:{LEARNED + 1}]).savefig("esn.png")
network.save("esn.nz")
'''


def series_of(name: str, steps: int) -> np.ndarray:
    """A series `(steps, 1)` about -1…1."""
    t = np.arange(steps)[:, None]
    if name == "Mackey–Glass":
        x = mackey_glass(steps)
        return (2 * (x - x.min()) / (x.max() - x.min()) - 1).astype(np.float32)
    if name == "triangle":
        return (1.6 / np.pi * np.arcsin(np.sin(2 * np.pi * t / 40))).astype(np.float32)
    two = np.sin(2 * np.pi * t / 67) if name == "two sines" else np.sin(2 * np.pi * t / 25)
    return (0.5 * np.sin(2 * np.pi * t / 25) + 0.5 * two).astype(np.float32)
