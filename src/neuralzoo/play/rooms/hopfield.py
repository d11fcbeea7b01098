"""Hopfield's network: draw a pattern, corrupt it, and watch it roll down the energy to the nearest one."""

from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np

from neuralzoo.play.room import Room, numbers, whole
from neuralzoo.play.settings import Choice, Setting, Slider, Words
from neuralzoo.play.wire import Frame
from neuralzoo.zoo.hopfield import CAPACITY, HopfieldNetwork

SIDE = 12
UNITS = SIDE * SIDE
AT_ONCE = 6  # units asked in a step


class HopfieldRoom(Room):
    """Letters are stored as valleys of an energy; a spoilt one rolls down."""

    key = "hopfield"
    name = HopfieldNetwork.card.name
    purpose = HopfieldNetwork.card.purpose
    script = "hopfield.js"
    asks = ("draw", "recall_from", "spoil", "store")
    epoch_steps, fast_steps = -(-UNITS // AT_ONCE), 3
    settings: ClassVar[tuple[Setting, ...]] = (
        Words("letters", "Letters to store", "NETZ", "Patterns", longest=12),
        Choice(
            "rule", "Rule", "projection", "Patterns", options=("projection", "hebb"), hint="Hebb's mixes letters that are like each other"
        ),
        Slider("spoilt", "Pixels to spoil", 0.25, "Recall", low=0, high=0.5, step=0.05, live=True),
        Slider("seed", "Seed", 0, "Recall", low=0, high=9999, step=1),
    )

    def reset(self) -> None:
        self.draws = np.random.default_rng(self.state["seed"])
        own = getattr(self, "own", np.zeros((0, UNITS), np.float32))
        self.own = own
        self.letters = "".join(dict.fromkeys(c for c in self.state["letters"] if not c.isspace()))
        if not self.letters and not len(own):
            self.letters = "A"
        self.patterns = np.concatenate([np.array([letter(c) for c in self.letters], np.float32).reshape(-1, UNITS), own])
        self.memory = HopfieldNetwork(self.state["rule"], seed=self.state["seed"])
        self.memory.fit(self.patterns, verbose=0, batch_size=16)
        self.begin_from(self.spoiled(self.patterns[0]))

    def begin_from(self, pattern: np.ndarray) -> None:
        self.now, self.place, self.steps, self.over = np.asarray(pattern, np.float32), 0, 0, False
        self.goal = self.swept(self.now)
        self.energies = [self.energy(self.now)]

    def swept(self, state: np.ndarray) -> np.ndarray:
        """The state after each unit was asked once."""
        return np.asarray(self.memory.net.path(jnp.asarray(state[None]), 1)[0])[1, 0]

    def energy(self, state: np.ndarray) -> float:
        return float(self.memory.energy(state[None])[0])

    def step(self) -> None:
        """Ask the next few units in the order of the network: each takes what a sweep gives it, those after it wait."""
        order = np.asarray(self.memory.net.order)
        asked = order[self.place : self.place + AT_ONCE]
        self.now = self.now.copy()
        self.now[asked] = self.goal[asked]
        self.energies.append(self.energy(self.now))
        self.place += AT_ONCE
        if self.place >= UNITS:
            self.place, after = 0, self.swept(self.now)
            self.over = bool((after == self.now).all())
            self.goal = after

    def spoiled(self, pattern: np.ndarray) -> np.ndarray:
        return np.where(self.draws.random(UNITS) < self.state["spoilt"], -1, 1) * pattern

    def scene(self) -> Frame:
        head = {"side": SIDE, "capacity": CAPACITY * UNITS, "rule": self.state["rule"]}
        return Frame("scene", head, {"patterns": self.patterns, "weights": np.asarray(self.memory.net.kernel)})

    def frame(self) -> Frame:
        overlaps = self.patterns @ self.now / UNITS
        head = {"step": self.steps, "energy": self.energies[-1], "at_rest": self.over}
        curve = np.stack([np.arange(len(self.energies)), self.energies], axis=1)
        return Frame("frame", head, {"state": self.now, "overlaps": overlaps, "curve": curve})

    def ask_draw(self, given: dict[str, Any]) -> Frame:
        """Go on from what was drawn."""
        self.begin_from(np.where(numbers(given, "pixels", UNITS) > 0, 1.0, -1.0))
        return self.frame()

    def ask_recall_from(self, given: dict[str, Any]) -> Frame:
        """Take a stored pattern, spoilt."""
        self.begin_from(self.spoiled(self.patterns[whole(given, "pattern", 0, len(self.patterns) - 1)]))
        return self.frame()

    def ask_spoil(self, given: dict[str, Any]) -> Frame:
        """Spoil what is there."""
        self.begin_from(self.spoiled(self.now))
        return self.frame()

    def ask_store(self, given: dict[str, Any]) -> Frame:
        """Store what is drawn as one more pattern."""
        self.own = np.concatenate([self.own, self.now[None]])[-8:]
        self.reset()
        return self.scene()

    def model(self) -> HopfieldNetwork:
        return self.memory

    def program(self) -> str:
        s, name = self.state, "drawn, letter" if len(self.own) else "letter"
        own = ["".join("#" if on else "." for on in pattern > 0) for pattern in self.own]
        more = f", *(drawn(rows) for rows in {own!r})" if own else ""
        return f'''"""What the playground showed: letters in a Hopfield network."""

import numpy as np

from neuralzoo.play.rooms.hopfield import {name}
from neuralzoo.zoo import HopfieldNetwork

patterns = np.array([*(letter(c) for c in {self.letters!r}){more}])
memory = HopfieldNetwork({s["rule"]!r}, seed={s["seed"]})
memory.fit(patterns, batch_size=16, verbose=0)
draws = np.random.default_rng({s["seed"]})
spoilt = np.where(draws.random({UNITS}) < {s["spoilt"]}, -1, 1) * patterns[0]
print((memory.recall(spoilt[None])[0] == patterns[0]).mean(), "of the pixels are right")
memory.draw(spoilt).savefig("hopfield.png")
memory.save("hopfield.nz")
'''


def drawn(rows: str) -> np.ndarray:
    """A drawing of 12 × 12 signs, row after row, as ±1 where there is a # and where not, `(144,)`."""
    return np.where(np.array(list(rows)) == "#", 1.0, -1.0).astype(np.float32)


def letter(sign: str) -> np.ndarray:
    """A letter as ±1 on 12 × 12 pixels, `(144,)`.

    >>> letter("I").shape
    (144,)
    """
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("L", (48, 48))
    ImageDraw.Draw(image).text((24, 24), sign, fill=255, font=ImageFont.load_default(46), anchor="mm", stroke_width=2, stroke_fill=255)
    pixels = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX), np.float32)
    return np.where(pixels > 96, 1.0, -1.0).astype(np.float32).ravel()
