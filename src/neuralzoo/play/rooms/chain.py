"""Markov's chain of letters: it counts what follows what, and writes."""

from typing import Any, ClassVar

import numpy as np

from neuralzoo.core.errors import DataError
from neuralzoo.play.room import Room
from neuralzoo.play.rooms.texts import RHYMES
from neuralzoo.play.settings import Choice, Setting, Slider, Words
from neuralzoo.play.wire import Frame
from neuralzoo.zoo.markov import MarkovChain

LONGEST = 600  # characters that are kept on the page


class ChainRoom(Room):
    """Counts of letters, and the text that they write: every step draws the next one."""

    key = "markov"
    name = MarkovChain.card.name
    purpose = MarkovChain.card.purpose
    script = "chain.js"
    asks = ("begin_with",)
    epoch_steps, fast_steps = 40, 5
    settings: ClassVar[tuple[Setting, ...]] = (
        Slider("order", "Letters it looks back", 2, "Chain", low=0, high=6, step=1),
        Slider("temperature", "Temperature", 1.0, "Writing", low=0, high=2, step=0.1, live=True, hint="0 always takes the likeliest"),
        Choice("smoothing", "Smoothing", 0, "Chain", options=(0, 0.01, 1, "kneser-ney"), hint="something for what was never seen"),
        Words("text", "Text to learn from", RHYMES, "Chain", longest=20_000),
        Slider("seed", "Seed", 0, "Writing", low=0, high=9999, step=1),
    )

    def reset(self) -> None:
        if len(self.state["text"]) < 10:
            raise DataError("the text has fewer than 10 characters", remedy="give a longer one")
        self.chain = MarkovChain(self.state["order"], self.state["smoothing"])
        self.chain.fit(self.state["text"], verbose=0)
        self.written, self.drawn = self.state["text"][: self.state["order"]], 0

    def step(self) -> None:
        context = self.written[-self.state["order"] :] if self.state["order"] else ""
        seed = self.state["seed"] * 100_003 + self.drawn
        found = self.chain.sample(1, context, self.state["temperature"], seed)
        self.drawn += 1
        self.over = not found  # nothing was ever seen after this
        self.written = (self.written + found)[-LONGEST:]

    def frame(self) -> Frame:
        order, alphabet = self.state["order"], self.chain.alphabet
        context = self.written[-order:] if order else ""
        try:
            p = self.chain.predict_proba(context)[0]
        except DataError:
            p = np.zeros(len(alphabet))
        best = np.argsort(-p, kind="stable")[:16]
        head = {"written": self.written, "context": context, "next": [alphabet[i] for i in best], "step": self.drawn}
        readings = {"score": self.chain.score(self.state["text"]), "symbols": len(alphabet)}
        return Frame("frame", {**head, **readings}, {"p": p[best]})

    def scene(self) -> Frame:
        pairs = MarkovChain(1)
        pairs.fit(self.state["text"], verbose=0)
        matrix, states = pairs.transitions(), pairs.states()
        shown = sorted(range(len(states)), key=lambda i: -self.state["text"].count(states[i]))[:28]
        shown.sort(key=lambda i: states[i])
        return Frame("scene", {"symbols": [states[i] for i in shown]}, {"matrix": matrix[np.ix_(shown, shown)]})

    def ask_begin_with(self, given: dict[str, Any]) -> Frame:
        """Write on from a few letters of the user's."""
        words = str(given.get("words", ""))[:200]
        self.chain.encode(words)  # names a letter that the text does not have
        if len(words) < self.state["order"]:
            raise DataError(f"{words!r} is shorter than {self.state['order']} letters", remedy="write a few more")
        self.written, self.over = words, False
        return self.frame()

    def model(self) -> MarkovChain:
        return self.chain

    def program(self) -> str:
        s = self.state
        return f'''"""What the playground showed: a Markov chain of letters."""

from neuralzoo.zoo import MarkovChain

text = {s["text"]!r}
chain = MarkovChain({s["order"]}, {s["smoothing"]!r})
chain.fit(text, verbose=0)
print(chain.sample(300, text[:{s["order"]}], {s["temperature"]}, seed={s["seed"]}))
chain.draw().savefig("markov.png")
chain.save("markov.nz")
'''
