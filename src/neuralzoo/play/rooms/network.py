"""The room of networks: any number of layers on a problem of the plane, or on the user's own table."""

import io
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import jax
import numpy as np

from neuralzoo.core.errors import DataError, NeuralzooError
from neuralzoo.inspect.tracing import trace
from neuralzoo.layers.dense import Dense
from neuralzoo.play import limits
from neuralzoo.play.building import OPTIMIZERS, model_of, program_of
from neuralzoo.play.problems import CLASSES, INPUTS
from neuralzoo.play.room import Room, whole
from neuralzoo.play.settings import Choice, Setting, Several, Sizes, Slider
from neuralzoo.play.tasks import Task, dataset_of_bytes, drawn_task, own_task
from neuralzoo.play.training import Training
from neuralzoo.play.wire import Frame

if TYPE_CHECKING:
    from neuralzoo.train.model import Model

SIDE, SMALL, TINY = 50, 28, 14  # points along a side: of the output's picture, of a neuron's, of one's among hundreds
COARSE, LARGE = 30, 20_000  # the same for networks of so many weights
SHOWN = 8  # units of a layer that are drawn; the page moves along the others
ACTIVATIONS = ("tanh", "sigmoid", "relu", "leaky_relu", "elu", "gelu", "silu", "linear")
RATES = (0.00001, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


class NetworkRoom(Room):
    """Layers of neurons learn by backpropagation; every neuron is drawn with what it says over the plane."""

    key = "network"
    name = "Feedforward network"
    purpose = "layers of neurons, taught by backpropagation: watch every weight"
    script = "network.js"
    takes = ".csv,.tsv,.txt,.parquet,.npz,.nz"
    asks = ("example", "rows", "window")
    settings: ClassVar[tuple[Setting, ...]] = (
        Choice("problem", "Problem", "circle", "Data", options=(*CLASSES, "own")),
        Slider("noise", "Noise", 0.05, "Data", low=0, high=0.5, step=0.01),
        Slider("rows", "Rows", 500, "Data", low=20, high=1000, step=10),
        Slider("share", "Share to learn from", 0.5, "Data", low=0.1, high=0.9, step=0.05),
        Slider("across", "Across", 0, "Data", low=0, high=limits.FEATURES - 1, step=1, live=True),
        Slider("up", "Up", 1, "Data", low=0, high=limits.FEATURES - 1, step=1, live=True),
        Several("inputs", "Inputs", ("x1", "x2"), "Network", options=tuple(INPUTS)),
        Sizes("layers", "Hidden layers", (4, 4), "Network", most=limits.LAYERS, largest=limits.UNITS),
        Choice("activation", "Activation", "tanh", "Network", options=ACTIVATIONS),
        Slider("dropout", "Dropout", 0.0, "Network", low=0, high=0.8, step=0.1),
        Choice("rate", "Learning rate", 0.1, "Learning", live=True, options=RATES),
        Choice("optimizer", "Optimizer", "sgd", "Learning", options=tuple(OPTIMIZERS)),
        Choice("batch", "Batch", 10, "Learning", options=(1, 4, 10, 32, 100)),
        Choice("regularizer", "Regularization", "none", "Learning", options=("none", "L1", "L2")),
        Choice("penalty", "Its strength", 0.001, "Learning", options=(0.0001, 0.001, 0.003, 0.01, 0.03, 0.1)),
        Slider("seed", "Seed", 0, "Learning", low=0, high=9999, step=1, hint="the same seed gives the same network"),
    )  # fmt: skip
    task: Task
    training: Training

    def reset(self) -> None:
        state = self.state
        if state["problem"] == "own":
            if self.data is None:
                raise DataError("no table of your own is open", remedy="open one with «Open file», or start `neuralzoo playground TABLE`")
            self.task = own_task(self.data, state["share"], state["seed"])
        else:
            self.task = drawn_task(state["problem"], state["rows"], state["noise"], state["share"], state["seed"], state["inputs"])
        self.teach(model_of(state, self.task))

    def teach(self, model: "Model") -> None:
        self.training = Training(model, self.task.training, self.task.validation, self.state["batch"])
        self.epoch_steps = self.training.source.taken
        self.steady_steps = max(1, self.epoch_steps // 2)
        self.rates = [(self.training.steps, self.state["rate"])]
        self.trouble: NeuralzooError | None = None
        self.view: dict[int, int] = {}
        self._planes: tuple[Any, Any] | None = None

    def changed(self, name: str) -> None:
        if name == "rate":
            model, count = self.training.model, self.training.steps
            model.learning_rate = self.state["rate"]
            self.training.engine.progress.memo = model.memo
            self.rates = [r for r in self.rates if r[0] != count] + [(count, self.state["rate"])]
        self._planes = None

    @property
    def axes(self) -> tuple[int, int]:
        most = len(self.task.names) - 1
        return min(self.state["across"], most), min(self.state["up"], most)

    def advance(self, steps: int) -> None:
        self._learn(partial(self.training.advance, steps))

    def turn(self, seconds: float = limits.TURN_SECONDS) -> None:
        self._learn(partial(self.training.turn, seconds))

    def _learn(self, job: Any) -> None:
        if self.over:
            return
        try:
            job()
        except ArithmeticError as error:  # the network stays as it was before that call
            self.over, self.trouble = True, error if isinstance(error, NeuralzooError) else None
            raise

    def scene(self) -> Frame:
        task = self.task
        y = np.concatenate([task.training[1], task.validation[1]])
        head = {
            "names": task.names, "classes": task.classes, "labels": task.labels, "own": not task.drawn, "learning": len(task.training[0]),
            "sizes": [len(task.names), *[d.units for d in self.dense]], "activations": [d.activation or "linear" for d in self.dense],
            "parameters": self.training.model.count_params(), "epoch_steps": self.epoch_steps, "table": self.data.name if self.data else "",
        }  # fmt: skip
        return Frame("scene", head, {"points": task.shown(self.axes), "y": y, "frame": task.frame(self.axes)})

    @property
    def dense(self) -> list[Any]:
        return [layer for layer in self.training.model.layers if isinstance(layer, Dense)]

    def frame(self) -> Frame:
        training, model = self.training, self.training.model
        learned, validated = training.measure(self.hurried)
        if self.trouble is not None:
            learned, validated = ({name: float("nan") for name in of} for of in (learned, validated))
        layers, inside = self.dense, [len(self.task.names), *[d.units for d in self.dense]]
        shown = [self._window(i, n) for i, n in enumerate(inside)]
        side = SMALL if sum(len(s) for s in shown) <= 64 else TINY
        fine, coarse = self._points(side)
        surface, heat = portrait(model.net, fine, coarse)
        heat = [coarse, *heat]  # what inputs say is themselves
        arrays = {
            "surface": np.asarray(surface).T.reshape(-1, *(round(len(fine) ** 0.5),) * 2),
            "heat": np.concatenate([np.asarray(h)[:, s].T for h, s in zip(heat, shown, strict=True)]).reshape(-1, side, side),
            "weights": np.concatenate(
                [np.asarray(d.kernel)[np.ix_(*pair)].ravel() for d, pair in zip(layers, pairwise(shown), strict=True)]
            ),
            "biases": np.concatenate([np.asarray(d.bias)[s] for d, s in zip(layers, shown[1:], strict=True)]),
            "curve": np.array(training.curve, np.float32).reshape(-1, 3),
        }
        head = {
            "step": training.steps, "epoch": training.epoch, "rate": training.rate,
            "learned": learned, "validated": validated,
            "shown": [[int(s[0]), len(s)] for s in shown], "side": side, "trouble": None if self.trouble is None else str(self.trouble),
        }  # fmt: skip
        return Frame("frame", head, arrays)

    def _window(self, layer: int, units: int) -> np.ndarray:
        """The units of a layer that are drawn."""
        first = min(self.view.get(layer, 0), max(0, units - SHOWN))
        return np.arange(first, min(units, first + SHOWN))

    def _points(self, side: int) -> tuple[Any, Any]:
        if self._planes is None or len(self._planes[1]) != side * side:
            fine = SIDE if self.training.model.count_params() < LARGE else COARSE
            self._planes = (self.task.plane(fine, self.axes), self.task.plane(side, self.axes))
        return self._planes

    def ask_rows(self, given: dict[str, Any]) -> Frame:
        """The rows as a file, for the program of a table of one's own."""
        out = io.BytesIO()
        (x, y), (x_val, y_val) = self.task.training, self.task.validation
        np.savez_compressed(out, x=x, y=y, x_val=x_val, y_val=y_val)
        return Frame("file", {"name": "rows.npz", "type": "application/octet-stream"}, {"bytes": out.getvalue()})

    def ask_window(self, given: dict[str, Any]) -> Frame:
        """Draw other units of a layer that has more than are shown."""
        sizes = [len(self.task.names), *[d.units for d in self.dense]]
        layer, by = whole(given, "layer", 0, len(sizes) - 1), whole(given, "by", -SHOWN, SHOWN)
        self.view[layer] = min(max(0, self.view.get(layer, 0) + by), max(0, sizes[layer] - SHOWN))
        return self.frame()

    def ask_example(self, given: dict[str, Any]) -> Frame:
        """One example on its way through the network and back, by `inspect.trace`: what the next step would do with it alone."""
        row = whole(given, "row", 0, len(self.task.training[0]) - 1)
        (x, y), model = self.task.training, self.training.model
        seen = trace(model, x[row : row + 1], y[row : row + 1])
        layers = [layer for layer in seen.layers if layer.kind == "Dense"]
        arrays: dict[str, Any] = {"output:0": x[row]}
        for k, layer in enumerate(layers, 1):
            arrays |= {f"sum:{k}": layer.sum[0], f"output:{k}": layer.output[0], f"delta:{k}": layer.delta[0]}
            for name, prefix in (("kernel", ""), ("bias", "bias_")):
                held = layer[name]
                arrays |= {f"{name}:{k}": held.value, f"{prefix}gradient:{k}": held.gradient, f"{prefix}change:{k}": held.change}
        head = {"row": row, "layers": len(layers), "step": self.training.steps, "loss": float(seen.loss or 0.0), "target": float(y[row])}
        return Frame("answer", {**head, "classes": self.task.classes, "labels": self.task.labels}, arrays)

    def upload(self, name: str, data: bytes) -> None:
        self.open_own(dataset_of_bytes(name, data))

    def model(self) -> "Model":
        return self.training.model

    def kept(self) -> dict[str, Any]:
        return {"state": self.state, "rates": [list(pair) for pair in self.rates]}

    def restore(self, model: "Model", kept: dict[str, Any]) -> None:
        if jax.tree.structure(model.net) != jax.tree.structure(self.training.model.net):
            raise DataError("the saved network is another one than its settings say", remedy="it is shown as a file")
        self.teach(model)
        self.rates = [(int(step), float(rate)) for step, rate in kept.get("rates", self.rates)]

    def program(self) -> str:
        return program_of(self.state, self.task, self.rates, self.training.steps, self.epoch_steps)


@jax.jit
def portrait(net: Any, fine: Any, coarse: Any) -> tuple[Any, list[Any]]:
    """The network's output at the fine points, and what each dense layer says at the coarse ones."""
    said, x = [], coarse
    for layer in net.layers:
        x = layer(x)
        if isinstance(layer, Dense):
            said.append(x)
    return net(fine), said
