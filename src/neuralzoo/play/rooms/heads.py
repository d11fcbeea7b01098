"""A neural Turing machine copies bits: where its heads write and read."""

from typing import Any, ClassVar

from neuralzoo.data.algorithms import copy
from neuralzoo.layers.cells import DenseCell
from neuralzoo.learn.optimizers import Adam
from neuralzoo.play.rooms.lesson import LessonRoom
from neuralzoo.play.settings import Choice, Setting, Slider
from neuralzoo.play.wire import Frame
from neuralzoo.zoo.turing import NeuralTuringMachine

ROWS, BATCH = 20_000, 32


class HeadsRoom(LessonRoom):
    """Bits are shown, a mark follows, and the machine has to tell them again: it learns to write them down and to read them back."""

    key = "ntm"
    name = NeuralTuringMachine.card.name
    purpose = NeuralTuringMachine.card.purpose
    script = "heads.js"
    asks = ("another",)
    settings: ClassVar[tuple[Setting, ...]] = (
        Slider("bits", "Bits of a vector", 3, "Task", low=1, high=6, step=1),
        Slider("longest", "Vectors at most", 3, "Task", low=1, high=8, step=1),
        Slider("slots", "Slots of the memory", 8, "Machine", low=4, high=24, step=1),
        Slider("width", "Their width", 6, "Machine", low=3, high=16, step=1),
        Slider("units", "Units of the controller", 32, "Machine", low=8, high=64, step=8),
        Choice("rate", "Learning rate", 0.005, "Learning", options=(0.0003, 0.001, 0.002, 0.005, 0.01)),
        Slider("seed", "Seed", 0, "Learning", low=0, high=9999, step=1),
    )

    def reset(self) -> None:
        s = self.state
        optimizer = Adam(s["rate"], global_clipnorm=10.0)
        self.machine = NeuralTuringMachine(DenseCell(s["units"]), slots=s["slots"], width=s["width"], optimizer=optimizer, seed=s["seed"])
        self.teach(self.machine, *copy(ROWS, (1, s["longest"]), s["bits"], s["seed"]), BATCH)
        self.steady_steps, self.number = 4, 0

    def frame(self) -> Frame:
        s = self.state
        x, y = copy(1, (s["longest"], s["longest"]), s["bits"], 10_000 + self.number)
        heads, said = self.machine.heads(x), self.machine.predict(x, verbose=0)[0]
        asked = y[0] >= 0
        wrong = int(((said > 0.5) != (y[0] > 0.5))[asked].sum())
        arrays = {"shown": x[0].T, "wanted": y[0].T, "said": said.T, "write": heads.write[0, :, 0].T, "read": heads.read[0, :, 0].T}
        return self.learned({"wrong": wrong, "asked": int(asked.sum())}, {**arrays, "memory": self.machine.memory(x)[0]})

    def ask_another(self, given: dict[str, Any]) -> Frame:
        """Other bits to copy."""
        self.number += 1
        return self.frame()

    def program(self) -> str:
        s = self.state
        machine = f"slots={s['slots']}, width={s['width']}, optimizer=Adam({s['rate']}, global_clipnorm=10.0), seed={s['seed']}"
        return f'''"""What the playground showed: a machine that copies bits."""

from neuralzoo.data.algorithms import copy
from neuralzoo.layers.cells import DenseCell
from neuralzoo.optimizers import Adam
from neuralzoo.zoo import NeuralTuringMachine

x, y = copy({ROWS}, (1, {s["longest"]}), {s["bits"]}, {s["seed"]})
machine = NeuralTuringMachine(DenseCell({s["units"]}), {machine})
{self.fits("machine.fit(x, y", BATCH)}
machine.draw(*copy(1, ({s["longest"]}, {s["longest"]}), {s["bits"]}, 10_000)).savefig("ntm.png")
machine.save("ntm.nz")
'''
