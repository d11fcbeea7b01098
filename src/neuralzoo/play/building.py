"""From the settings of the room of networks to a compiled model, and to the Python program that makes the same."""

from itertools import pairwise
from typing import Any

from neuralzoo.core.errors import ArgumentError
from neuralzoo.core.regularizers import L1, L2
from neuralzoo.layers.dense import Dense
from neuralzoo.layers.noise import Dropout
from neuralzoo.layers.shape import Input
from neuralzoo.learn.optimizers import optimizer_named, optimizers
from neuralzoo.play import limits
from neuralzoo.play.tasks import Task
from neuralzoo.train.model import Model
from neuralzoo.train.sequential import Sequential

OPTIMIZERS = {"sgd": "SGD", "momentum": "SGD", "rmsprop": "RMSprop", "adam": "Adam", "adagrad": "Adagrad"}
LOSSES = {0: "mse", 2: "binary_crossentropy"}


def layers_of(state: dict[str, Any], task: Task) -> list[Any]:
    """The layers, input first."""
    regularizer = {"none": None, "L1": L1(state["penalty"]), "L2": L2(state["penalty"])}[state["regularizer"]]
    layers: list[Any] = [Input((len(task.names),))]
    for units in state["layers"]:
        layers.append(Dense(units, state["activation"], kernel_regularizer=regularizer))
        if state["dropout"]:
            layers.append(Dropout(state["dropout"]))
    last = "sigmoid" if task.classes == 2 else "softmax" if task.classes else None
    layers.append(Dense(task.outputs, last, kernel_regularizer=regularizer))
    sizes = [len(task.names), *state["layers"], task.outputs]
    parameters = sum(a * b + b for a, b in pairwise(sizes))
    if parameters > limits.PARAMETERS:
        raise ArgumentError(
            f"{parameters:,} weights are too many", remedy=f"choose fewer layers or units: up to {limits.PARAMETERS:,} weights"
        )
    return layers


def loss_of(task: Task) -> str:
    return LOSSES.get(task.classes, "sparse_categorical_crossentropy")


def metrics_of(task: Task) -> list[str]:
    return ["accuracy"] if task.classes else ["mae"]


def model_of(state: dict[str, Any], task: Task) -> Model:
    """The model, compiled and built."""
    model = Sequential(layers_of(state, task), seed=state["seed"])
    rule = optimizers[OPTIMIZERS[state["optimizer"]].lower()]
    settings = {"momentum": 0.9} if state["optimizer"] == "momentum" else {}
    model.compile(optimizer_named(rule(state["rate"], **settings)), loss_of(task), metrics_of(task))
    return model


def program_of(state: dict[str, Any], task: Task, rates: list[tuple[int, float]], steps: int, taken: int) -> str:
    """The program: `rates` are (step, learning rate from there on), `taken` the steps of an epoch."""
    own = not task.drawn
    needed = ["Dense", "Dropout"] if state["dropout"] else ["Dense"]
    name = OPTIMIZERS[state["optimizer"]]
    momentum = ", momentum=0.9" if state["optimizer"] == "momentum" else ""
    lines = ['"""What the playground showed; run it to get the same network."""', ""]
    lines += ["import numpy as np", ""] if own else []
    lines += ["from neuralzoo.callbacks import Callback"] if len(rates) > 1 else []
    lines += [f"from neuralzoo.layers import {', '.join(needed)}, Input", "from neuralzoo.models import Sequential"]
    lines += [f"from neuralzoo.optimizers import {name}"]
    lines += [] if own else ["from neuralzoo.play.problems import inputs, problem"]
    lines += [f"from neuralzoo.regularizers import {state['regularizer']}"] if state["regularizer"] != "none" else []
    lines += ["", *_rows(state, task), "", *_network(state, task)]
    lines += [f"model.compile({name}({rates[0][1]}{momentum}), {loss_of(task)!r}, metrics={metrics_of(task)})"]
    return "\n".join([*lines, *_learning(state, rates, steps, taken), 'model.save("network.nz")', ""])


def _rows(state: dict[str, Any], task: Task) -> list[str]:
    if not task.drawn:
        return [
            'held = np.load("rows.npz")  # "Save rows" on the page',
            'x, y, *validation = (held[n] for n in ("x", "y", "x_val", "y_val"))',
        ]
    settings = f"rows={state['rows']}, noise={state['noise']}, share={state['share']}, seed={state['seed']}"
    lines = [f"(x, y), (x_val, y_val) = problem({state['problem']!r}, {settings})", f"names = {list(task.drawn)}"]
    return [*lines, "x, validation = inputs(x, names), (inputs(x_val, names), y_val)"]


def _network(state: dict[str, Any], task: Task) -> list[str]:
    penalty = f", kernel_regularizer={state['regularizer']}({state['penalty']})" if state["regularizer"] != "none" else ""
    lines = ["layers = [", f"    Input(({len(task.names)},)),"]
    for units in state["layers"]:
        lines.append(f'    Dense({units}, "{state["activation"]}"{penalty}),')
        lines += [f"    Dropout({state['dropout']}),"] if state["dropout"] else []
    last = ', "sigmoid"' if task.classes == 2 else ', "softmax"' if task.classes else ""
    return [*lines, f"    Dense({task.outputs}{last}{penalty}),", "]", f"model = Sequential(layers, seed={state['seed']})"]


def _learning(state: dict[str, Any], rates: list[tuple[int, float]], steps: int, taken: int) -> list[str]:
    told, lines = "", []
    if len(rates) > 1:
        told = ", callbacks=[Rates()]"
        lines = [
            "", f"rates = {dict(rates)}  # from which step on", "", "", "class Rates(Callback):",
            "    def on_epoch_begin(self, epoch, logs=None):", "        self.on_train_batch_end(0)", "",
            "    def on_train_batch_end(self, batch, logs=None):",
            "        if self.model.count in rates:", "            self.model.learning_rate = rates[self.model.count]", "", "",
        ]  # fmt: skip
    lines += fits("model.fit(x, y", state["batch"], steps, taken, told)
    return [*lines, "print(model.evaluate(*validation, return_dict=True))"]


def fits(call: str, batch: int, steps: int, taken: int, told: str = "") -> list[str]:
    """The lines that take so many steps, `taken` of them an epoch: whole epochs, then a part of one. `call` begins a call of fit.

    >>> print(*fits("model.fit(x, y", 32, steps=25, taken=10), sep=chr(10))
    model.fit(x, y, batch_size=32, epochs=2, verbose=0)
    model.fit(x, y, batch_size=32, initial_epoch=2, epochs=3, steps_per_epoch=5, verbose=0)
    """
    epochs, rest = divmod(steps, taken)
    part = f"initial_epoch={epochs}, epochs={epochs + 1}, steps_per_epoch={rest}"
    parts = [*([f"epochs={epochs}"] if epochs or not rest else []), *([part] if rest else [])]
    return [f"{call}, batch_size={batch}, {each}{told}, verbose=0)" for each in parts]
