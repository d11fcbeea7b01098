"""What rooms have in common whose network learns from rows, step by step."""

from typing import Any

import numpy as np

from neuralzoo.play import limits
from neuralzoo.play.building import fits
from neuralzoo.play.room import Room
from neuralzoo.play.training import Lesson
from neuralzoo.play.wire import Frame
from neuralzoo.train.model import Model


class LessonRoom(Room):
    """A room with one `Lesson`: `reset` calls `teach`."""

    lesson: Lesson
    most: int | None = None  # steps after which there is nothing left to learn

    def teach(self, model: Model, x: Any, y: Any = None, batch: int = 32, epochs: int | None = None, weight: Any = None) -> None:
        self.lesson = Lesson(model, x, y, batch, epochs, weight)
        self.epoch_steps = self.lesson.source.taken
        self.most = None if epochs is None else epochs * self.epoch_steps

    def advance(self, steps: int) -> None:
        self.lesson.advance(steps if self.most is None else min(steps, self.most - self.lesson.steps))
        self.over = self.most is not None and self.lesson.steps >= self.most

    def turn(self, seconds: float = limits.TURN_SECONDS) -> None:
        if self.most is None:
            self.lesson.turn(seconds)
        else:
            self.advance(4 * self.steady_steps)

    def model(self) -> Model:
        return self.lesson.model

    def fits(self, call: str, batch: int) -> str:
        """The lines of a program that learn as many steps as were learned here; `call` begins a call of fit."""
        return "\n".join(fits(call, batch, self.lesson.steps, self.epoch_steps))

    def learned(self, head: dict[str, Any], arrays: dict[str, Any]) -> Frame:
        """A frame with where learning is, and the curve of the loss."""
        lesson = self.lesson
        readings = lesson.readings()
        if "loss" in readings:
            lesson.note(readings["loss"])
        told = {"step": lesson.steps, "epoch": lesson.epoch, "readings": readings, **head}
        return Frame("frame", told, {"curve": np.array(lesson.curve, np.float32).reshape(-1, 2), **arrays})
