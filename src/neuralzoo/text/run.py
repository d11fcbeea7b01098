"""`neuralzoo train text`: train, show what it writes, judge it on the end of the text beside a Markov chain, save it."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neuralzoo.data.text import TEST, VALIDATION, open_text, split_text
from neuralzoo.io.folders import result_folder
from neuralzoo.text.model import FILES, TextModel, usual_batch
from neuralzoo.text.ngram import KneserNey

ORDER = 5  # of the Markov chain
WIDTH, LINES = 76, 7  # of a sample
NAMES = {"lstm": "LSTM", "gru": "GRU", "rnn": "RNN"}


@dataclass(frozen=True)
class Judged:
    """What came of training.

    Fields:
        model: the trained model.
        folder: where it was saved.
        scores: mean nats a character on the end of the text, by name.
        stopped: by what, "" where all epochs were taken.
        seconds: of training.
    """

    model: TextModel
    folder: Path
    scores: dict[str, float]
    stopped: str
    seconds: float
    history: dict[str, list[float]] = field(default_factory=dict)


def train_text(
    data: str | Path,
    model: TextModel,
    out: str | Path | None = None,
    *,
    epochs: int = 6,
    batch: int | None = None,
    steps: int = 100,
    learning_rate: float = 0.01,
    minutes: float | None = None,
    force: bool = False,
    verbose: Any = "auto",
    say: Callable[[str], Any] = print,
) -> Judged:
    """Train a model on a file or a named text; the last 10 % are held out, the first 5 % choose the best network.

    Ctrl-C ends training and keeps what was learned. Raises `ArgumentError` for a folder that is not empty, before training.
    """
    name, text = open_text(data)
    folder = result_folder(out, "text", name, FILES, force)
    train, validation, test = split_text(text)
    if model.model is None:
        model.build(text)
    batch = batch or usual_batch(len(train), steps)
    _introduce(name, model, (len(train), len(validation), len(test)), batch, steps, say)
    began, stopped = time.perf_counter(), ""
    settings: dict[str, Any] = {"epochs": epochs, "batch": batch, "steps": steps, "learning_rate": learning_rate, "minutes": minutes}
    share = VALIDATION / (1 - TEST)
    try:
        model.fit(validation + train, **settings, validation_split=share, verbose=verbose, show=lambda sample: say(framed(sample)))
    except KeyboardInterrupt:
        stopped = "Ctrl-C"
    seconds = time.perf_counter() - began
    assert model.model is not None and model.vocabulary is not None
    history = model.model.history.history
    if not stopped and minutes and len(history.get("nats", ())) < epochs:
        stopped = "the clock"
    if stopped:
        say(f"\nstopped by {stopped} after {counted(seconds)}; what was learned is kept")
    chain = KneserNey(model.vocabulary.encode(train), len(model.vocabulary), ORDER)
    scores = {
        title(model): model.nats(test),
        f"Markov chain of order {ORDER}": chain.nats(model.vocabulary.encode(test)),
        "every character alike": math.log(len(model.vocabulary)),
    }
    say("\n" + framed(model.sample(length=LINES * WIDTH, temperature=0.7), LINES))
    say("\n" + "\n".join(_table(scores, len(test))))
    facts = {"data": name, "held out": {"characters": len(test), "nats": scores}, "seconds": round(seconds, 1), "history": history}
    model.save(folder, {**settings, **facts})
    say(f"\nsaved in {folder}; to read more of it:\n  neuralzoo sample {folder} --prompt {_opening(text)!r} --temperature 0.8")
    return Judged(model, folder, scores, stopped, seconds, history)


def title(model: TextModel) -> str:
    """`LSTM 2 × 256`."""
    return f"{NAMES[model.net]} {model.layers} × {model.units}"


def framed(sample: str, lines: int = 4) -> str:
    """The first lines of a sample behind a bar, cut to the width of a screen.

    >>> print(framed("ROMEO:\\nO, speak again\\n"))
      │ ROMEO:
      │ O, speak again
    """
    shown = [line[at : at + WIDTH] for line in sample.strip("\n").split("\n") for at in range(0, max(len(line), 1), WIDTH)]
    return "\n".join(f"  │ {line}".rstrip() for line in shown[:lines])


def counted(seconds: float) -> str:
    """
    >>> counted(12.3), counted(150)
    ('12 s', '2.5 minutes')
    """
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.1f} minutes"


def _introduce(name: str, model: TextModel, sizes: tuple[int, int, int], batch: int, steps: int, say: Callable[[str], Any]) -> None:
    assert model.model is not None and model.vocabulary is not None
    kind, column = title(model), max(len(name), len(title(model)), 12) + 2
    say(f"{name:<{column}}{sum(sizes):,} characters, {len(model.vocabulary)} different ones")
    say(f"{'':<{column}}the first {sizes[1]:,} to choose by, {sizes[0]:,} to learn from, the last {sizes[2]:,} held out")
    say(f"{kind:<{column}}{model.model.count_params():,} numbers to learn; windows of {steps} characters in {batch} streams\n")


def _table(scores: dict[str, float], characters: int) -> list[str]:
    heading = f"held out: {characters:,} characters"
    column = max(len(heading), *(len(name) + 2 for name in scores)) + 2
    rows = [f"{heading:<{column}}{'nats':>7}{'bits':>8}  a character"]
    rows += [f"{'  ' + name:<{column}}{nats:7.3f}{nats / math.log(2):8.3f}" for name, nats in scores.items()]
    own, chain = list(scores.values())[:2]
    if own > chain:
        rows.append("the Markov chain is ahead: train longer, or give it more text")
    return rows


def _opening(text: str) -> str:
    """A prompt to try: the first words of the text."""
    line = next((line for line in text.splitlines() if line.strip()), "")
    return " ".join(line.split()[:3])[:30]
