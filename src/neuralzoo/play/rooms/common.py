"""The room of members that have none of their own: the card, and the example at work with its curve."""

import contextlib
import inspect
import io
import re
import textwrap
import threading
import time
import warnings
import weakref
from typing import Any, ClassVar

import numpy as np

from neuralzoo.core.errors import NotReadyError
from neuralzoo.play import limits
from neuralzoo.play.room import Room
from neuralzoo.play.wire import Frame
from neuralzoo.train.callbacks.base import Callback, listening
from neuralzoo.train.model import Model
from neuralzoo.zoo.member import Member

_one_at_a_time = threading.Lock()  # what an example prints is caught, which is the whole process's


class CommonRoom(Room):
    """A member's card; play runs its example, and its learning is seen as it goes."""

    script = "common.js"
    member: ClassVar[type[Member]]

    def reset(self) -> None:
        self.run: Run | None = None

    def turn(self, seconds: float = limits.TURN_SECONDS) -> None:
        self.advance(1)

    def advance(self, steps: int) -> None:
        if self.run is None:
            self.run = Run(self.member)
            threading.Thread(target=_work, args=(weakref.ref(self.run), self.member), daemon=True).start()
        time.sleep(limits.TURN_SECONDS)
        self.over = self.run.done

    def scene(self) -> Frame:
        card = self.member.card
        facts = {"name": card.name, "year": card.year, "authors": card.authors, "reference": card.reference, "cells": card.cells}
        words = {"rule": card.rule, "purpose": card.purpose, "verbs": card.verbs, "example": inspect.getdoc(self.member.example)}
        goals = [{"wanted": goal.wanted, "reached": goal.reached} for goal in card.goals]
        return Frame("scene", {**facts, **words, "goals": goals, "source": self.program()})

    def frame(self) -> Frame:
        run = self.run
        if run is None:
            return Frame("frame", {"state": "", "said": "", "fits": 0})
        head = {"state": run.state, "said": run.said, "fits": run.fits, "label": run.label, "epochs": len(run.curve)}
        picture = {"picture": run.picture} if run.picture else {}
        return Frame("frame", head, {"curve": np.array(run.curve, np.float32).reshape(-1, 2), **picture})

    def model(self) -> Model:
        if self.run is None or self.run.kept is None:
            raise NotReadyError("nothing was learned yet", remedy="play the example first")
        return self.run.kept

    def program(self) -> str:
        source = textwrap.dedent(inspect.getsource(self.member.example)).removeprefix("@staticmethod\n")
        held, words = vars(inspect.getmodule(self.member)), set(re.findall(r"[A-Za-z_]\w*", source))
        used = sorted(name for name in words & held.keys() if getattr(held[name], "__module__", "").startswith("neuralzoo."))
        lines = [f"from {held[name].__module__} import {name}" for name in used]
        lines = (["import numpy as np", ""] if "np" in words else []) + lines
        return "\n".join(
            [f'"""{self.member.card.name}: the example."""', "", *lines, "", "", source, "", f'example().savefig("{self.key}.png")', ""]
        )


class Run(Callback):
    """One run of an example, told of every fit in it."""

    def __init__(self, member: type[Member]):
        self.state, self.said, self.picture, self.done = "waits for another one to end", "", b"", False
        self.fits, self.label, self.curve = 0, "", list[tuple[float, float]]()
        self.kept: Model | None = None

    def on_train_begin(self, logs: Any = None) -> None:
        self.fits, self.curve, self.kept = self.fits + 1, [], self.model

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        numbers = {name: value for name, value in (logs or {}).items() if isinstance(value, float)}
        self.label = "loss" if "loss" in numbers else next(iter(numbers), "")
        if self.label:
            self.curve = [*self.curve[-4 * limits.ROWS :], (epoch + 1.0, numbers[self.label])]


class Ear(Callback):
    """Passes on what it hears, and stops the learning once nobody listens."""

    def __init__(self, run: "weakref.ref[Run]"):
        self.run = run

    def on_train_begin(self, logs: Any = None) -> None:
        if run := self.run():
            run.set_model(self.model)
            run.on_train_begin(logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if run := self.run():
            run.on_epoch_end(epoch, logs)
        else:
            self.model.stop_training = True


def _work(run: "weakref.ref[Run]", member: type[Member]) -> None:
    """Run an example in this thread, into a `Run` that somebody may still hold."""
    out = io.StringIO()
    with _one_at_a_time, listening(Ear(run)), contextlib.redirect_stdout(out), warnings.catch_warnings(action="ignore"):
        if held := run():
            held.state = "is at work"
        del held
        try:
            figure, picture = member.example(), io.BytesIO()
            figure.savefig(picture, format="png", dpi=150)
            state = "is done"
        except Exception as error:  # the page says it, the server goes on
            picture, state = io.BytesIO(), f"failed: {type(error).__name__}: {error}"
    if held := run():
        held.said, held.picture, held.state, held.done = out.getvalue(), picture.getvalue(), state, True


def common_room(kind: type[Member]) -> type[Room]:
    """The room of a member."""
    card = kind.card
    return type(f"{kind.__name__}Room", (CommonRoom,), {"key": card.key, "name": card.name, "purpose": card.purpose, "member": kind})
