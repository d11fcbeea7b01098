"""A recurrent network over a text, unrolled: its state and gates at every letter, and what it writes."""

from typing import Any, ClassVar

import numpy as np

from neuralzoo.core.errors import DataError
from neuralzoo.inspect.tracing import execute
from neuralzoo.learn.crossentropy import SparseCategoricalCrossentropy
from neuralzoo.learn.optimizers import Adam
from neuralzoo.play.rooms.lesson import LessonRoom
from neuralzoo.play.rooms.texts import RHYMES
from neuralzoo.play.settings import Choice, Setting, Slider, Words
from neuralzoo.play.wire import Frame
from neuralzoo.text.model import TextModel

WINDOW, BATCH = 32, 16
UNITS_SHOWN = 24


class LettersRoom(LessonRoom):
    """One letter after the other goes in, the next one is guessed; the state is all that it remembers."""

    key = "letters"
    name = "Recurrent network over text"
    purpose = "an RNN, GRU or LSTM unrolled over letters, with its gates; it learns to write"
    script = "letters.js"
    asks = ("read",)
    settings: ClassVar[tuple[Setting, ...]] = (
        Choice("net", "Network", "lstm", "Network", options=("rnn", "gru", "lstm")),
        Slider("units", "Units", 64, "Network", low=8, high=128, step=8),
        Choice("rate", "Learning rate", 0.01, "Learning", options=(0.001, 0.003, 0.01, 0.03)),
        Slider("temperature", "Temperature", 0.6, "Writing", low=0, high=2, step=0.1, live=True),
        Words("text", "Text to learn from", RHYMES, "Learning", longest=20_000),
        Slider("seed", "Seed", 0, "Learning", low=0, high=9999, step=1),
    )

    def reset(self) -> None:
        s = self.state
        if len(s["text"]) < 2 * WINDOW:
            raise DataError(f"the text has {len(s['text'])} characters", remedy=f"give {2 * WINDOW} at least")
        self.reader = TextModel(s["net"], s["units"], dropout=0.0, seed=s["seed"])
        self.reader.build(s["text"])
        model, vocabulary = self.reader.model, self.reader.vocabulary
        assert model is not None and vocabulary is not None
        model.compile(Adam(s["rate"], clipnorm=1.0), SparseCategoricalCrossentropy(from_logits=True))
        codes = np.asarray(vocabulary.encode(s["text"]), np.int32)
        starts = np.arange(0, len(codes) - WINDOW - 1, 3)[:, None] + np.arange(WINDOW)
        self.teach(model, codes[starts], codes[starts + 1], BATCH)
        self.words, self.sample, self.sampled = s["text"][:24], "", -1

    def scene(self) -> Frame:
        return Frame("scene", {"characters": self.reader.vocabulary.characters, "net": self.state["net"]})  # pyright: ignore[reportOptionalMemberAccess]

    def frame(self) -> Frame:
        steps = self.lesson.steps
        if self.sampled < 0 or steps - self.sampled >= 10:
            self.sample, self.sampled = self.reader.sample("", 160, self.state["temperature"], seed=0), steps
        head, arrays = self.unrolled()
        return self.learned({"sample": self.sample, **head}, arrays)

    def unrolled(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The letters that are read, the guess after each, and state and gates `(steps, units)`."""
        model, vocabulary = self.lesson.model, self.reader.vocabulary
        assert vocabulary is not None
        codes = np.asarray(vocabulary.encode(self.words), np.int32)
        seen = execute(model, codes[None])
        layer, logits = seen.layers[1], np.asarray(seen.layers[-1].output)[0]
        guesses = "".join(vocabulary.decode(logits.argmax(axis=1)))
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        states = dict(zip(("output", "cell state"), layer.inside["state"], strict=False))
        held = {**{name: a for name, a in layer.inside.items() if name != "state"}, **dict(reversed(states.items()))}
        inside = {name: np.asarray(a)[0, :, :UNITS_SHOWN] for name, a in held.items()}
        return {"words": self.words, "guesses": guesses, "inside": list(inside)}, {"sure": (p.max(axis=1) / p.sum(axis=1)), **inside}

    def ask_read(self, given: dict[str, Any]) -> Frame:
        """Other letters to read."""
        words = str(given.get("words", ""))[:40]
        missing = self.reader.vocabulary.missing(words) if self.reader.vocabulary else ""
        if not words or missing:
            raise DataError(f"{words!r} has letters that the text does not have: {missing!r}", remedy="write with the letters of the text")
        self.words = words
        return self.frame()

    def program(self) -> str:
        s = self.state
        return f'''"""What the playground showed: a recurrent network over letters."""

import numpy as np

from neuralzoo.losses import SparseCategoricalCrossentropy
from neuralzoo.optimizers import Adam
from neuralzoo.text.model import TextModel

text = {s["text"]!r}
reader = TextModel({s["net"]!r}, {s["units"]}, dropout=0.0, seed={s["seed"]})
reader.build(text)
codes = np.asarray(reader.vocabulary.encode(text), np.int32)
starts = np.arange(0, len(codes) - {WINDOW} - 1, 3)[:, None] + np.arange({WINDOW})
reader.model.compile(Adam({s["rate"]}, clipnorm=1.0), SparseCategoricalCrossentropy(from_logits=True))
{self.fits("reader.model.fit(codes[starts], codes[starts + 1]", BATCH)}
print(reader.sample("", 300, {s["temperature"]}))
reader.model.save("letters.nz")
'''
