"""What all rooms of the playground have in common."""

import time
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from neuralzoo.core.errors import ArgumentError, nearest
from neuralzoo.core.registry import Registry
from neuralzoo.play import limits
from neuralzoo.play.settings import Setting
from neuralzoo.play.wire import Frame

if TYPE_CHECKING:
    from neuralzoo.data.dataset import Dataset
    from neuralzoo.train.model import Model

rooms: "Registry[type[Room]]" = Registry("room")


class Room:
    """One network on the page: its settings, a model that learns in small turns, and what the page draws of it.

    A subclass that has a `key` is filed in `rooms`. It defines `reset`, `step`, `frame` and, where they differ from frame to frame in
    nothing, puts the rest into `scene`. Its `asks` are the questions that the page may ask: `ask_NAME(given)` answers.

    Attributes:
        key: in the address of the page; that of the member's card, where there is one.
        name, purpose: on the page.
        script: the module of the page that draws it.
        settings: what can be set.
        epoch_steps, steady_steps: how many steps "one epoch" takes, and a frame at the usual pace.
        fast_steps: of a frame at the fastest pace; 0 for as many as there is time for.
        learns: whether there is something to play.
        hurried: whether the next frame comes soon, so that this one may show readings of a moment ago.
    """

    key: ClassVar[str] = ""
    name: ClassVar[str] = ""
    purpose: ClassVar[str] = ""
    script: ClassVar[str] = ""
    settings: ClassVar[tuple[Setting, ...]] = ()
    asks: ClassVar[tuple[str, ...]] = ()
    learns: ClassVar[bool] = True
    takes: ClassVar[str] = ""  # files that can be opened in it, as ".csv,.nz"
    hurried: bool = False
    epoch_steps: int = 1
    steady_steps: int = 1
    fast_steps: int = 0

    def __init_subclass__(cls) -> None:
        if cls.__dict__.get("key"):
            rooms[cls.key] = cls

    def __init__(self, state: dict[str, Any], data: "Dataset | None" = None):
        known = {setting.name: setting for setting in self.settings}
        if unknown := state.keys() - known.keys():
            raise ArgumentError(f"{self.name} has no setting {str(unknown.pop())[:60]!r}", remedy=nearest("", known))
        self.state = {name: s.read(state[name]) if name in state else s.default for name, s in known.items()}
        self.data, self.steps, self.over = data, 0, False
        self.reset()

    def reset(self) -> None:
        """Begin anew with the settings as they are."""

    def change(self, name: Any, value: Any) -> bool:
        """Set something; True where the room began anew."""
        setting = next((s for s in self.settings if s.name == name), None)
        if setting is None:
            raise ArgumentError(f"{self.name} has no setting {str(name)[:60]!r}", remedy=nearest("", [s.name for s in self.settings]))
        before, self.state[setting.name] = self.state[setting.name], setting.read(value)
        try:
            if setting.live:
                self.changed(setting.name)
            else:
                self.begin()
        except Exception:
            self.state[setting.name] = before
            raise
        return not setting.live

    def changed(self, name: str) -> None:
        """Something that may change while learning was set."""

    def begin(self) -> None:
        self.steps, self.over = 0, False
        self.reset()

    def step(self) -> None:
        """Learn one step."""
        raise NotImplementedError(f"{type(self).__name__} defines no step")

    def advance(self, steps: int) -> None:
        """Learn some steps."""
        for _ in range(steps):
            if self.over:
                return
            self.step()
            self.steps += 1

    def turn(self, seconds: float = limits.TURN_SECONDS) -> None:
        """Learn for about so long."""
        if self.fast_steps:
            self.advance(self.fast_steps)
            return
        end = time.perf_counter() + seconds
        while not self.over:
            self.advance(1)
            if time.perf_counter() >= end:
                return

    def scene(self) -> Frame:
        """What stays the same until the room begins anew."""
        return Frame("scene")

    def frame(self) -> Frame:
        """What there is to draw now."""
        raise NotImplementedError(f"{type(self).__name__} defines no frame")

    def ask(self, what: Any, given: dict[str, Any]) -> Frame:
        """The answer to a question of the page."""
        if what not in self.asks:
            raise ArgumentError(f"{self.name} answers no {str(what)[:60]!r}", remedy=nearest(str(what)[:60], self.asks))
        return getattr(self, f"ask_{what}")(given)

    def open_own(self, data: "Dataset") -> None:
        """Begin anew with the user's data as the `problem`, a setting of such rooms; where that fails, go on with what was there."""
        kept = self.data, self.state["problem"]
        self.data, self.state["problem"] = data, "own"
        try:
            self.begin()
        except Exception:
            self.data, self.state["problem"] = kept
            raise

    def upload(self, name: str, data: bytes) -> None:
        """Take a file of the user's."""
        raise ArgumentError(f"{self.name} opens no files", remedy="choose the room of networks, or that of drawn digits")

    def model(self) -> "Model":
        """The model as it is now."""
        raise ArgumentError(f"{self.name} has no model to save", remedy="take the Python program")

    def kept(self) -> dict[str, Any]:
        """What a saved model keeps for `restore`."""
        return {"state": self.state}

    def restore(self, model: "Model", kept: dict[str, Any]) -> None:
        """Go on with a model that was saved here."""
        raise ArgumentError(f"{self.name} does not go on with saved models", remedy="they are shown as files")

    def program(self) -> str:
        """The Python program that does what the page did."""
        raise ArgumentError(f"{self.name} writes no program", remedy="save the model or the picture")

    @classmethod
    def about(cls) -> dict[str, Any]:
        """What the page has to know before it opens the room."""
        return {
            "key": cls.key, "name": cls.name, "purpose": cls.purpose, "script": cls.script, "learns": cls.learns, "takes": cls.takes,
            "settings": [setting.about() for setting in cls.settings],
        }  # fmt: skip


def whole(given: dict[str, Any], name: str, low: int, high: int) -> int:
    """A whole number of a message, checked."""
    value = given.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ArgumentError(f"{name} cannot be {str(value)[:60]!r}", remedy=f"give a whole number from {low} to {high}")
    return value


def numbers(given: dict[str, Any], name: str, count: int, low: float = -1e6, high: float = 1e6) -> np.ndarray:
    """So many numbers of a message, checked; those beyond `low` and `high` are moved there."""
    values: Any = given.get(name)
    fits = isinstance(values, list) and len(values) == count and all(isinstance(v, int | float) for v in values)
    if not fits or not np.isfinite(values).all():
        raise ArgumentError(f"{name} is no list of {count} numbers", remedy="reload the page")
    return np.clip(np.array(values, np.float64), low, high).astype(np.float32)
