"""A network that reads characters and writes them."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np

from neuralzoo.core.errors import ArgumentError, DataError, FormatError, NotReadyError
from neuralzoo.core.initializers import RandomNormal
from neuralzoo.core.record import merge, split
from neuralzoo.core.registry import Registry
from neuralzoo.data.text import UNKNOWN, VALIDATION, Streams, Vocabulary, check_length
from neuralzoo.layers.dense import Dense
from neuralzoo.layers.embedding import Embedding
from neuralzoo.layers.noise import Dropout
from neuralzoo.layers.recurrent import GRU, LSTM, SimpleRNN
from neuralzoo.learn.crossentropy import SparseCategoricalCrossentropy
from neuralzoo.learn.optimizers import Adam
from neuralzoo.text.course import Course, Reading, TimeIsUpError
from neuralzoo.text.reading import price, write
from neuralzoo.train.callbacks.base import Callback, History
from neuralzoo.train.model import Model
from neuralzoo.train.saving import load as load_model
from neuralzoo.train.saving import load_extra, save_model
from neuralzoo.train.sequential import Sequential

networks: Registry[Any] = Registry("recurrent network")
networks.update({"lstm": LSTM, "gru": GRU, "rnn": SimpleRNN})

FILES = ("model.nz", "text.json")
SHOWN = 240  # characters of a sample while training
SETTINGS = ("net", "units", "layers", "dropout", "lower", "rare", "seed")
EMBEDDING = RandomNormal(stddev=1.0)  # as far apart as one-hot vectors; Keras's ±0.05 costs the first hundred steps
CLIP = 1.0  # the longest step of the gradient: it explodes now and then in recurrent networks


class TextModel:
    """A character model: an embedding, recurrent layers, and a softmax over the characters that may come next.

    Args:
        net: "lstm", "gru" or "rnn" (Elman's).
        units: of each recurrent layer.
        layers: how many recurrent layers, one upon the other.
        dropout: share of the values behind each recurrent layer that is dropped in each step of training.
        lower: read capitals as small letters.
        rare: characters that occur less often become one sign for all of them, which is never written.
        seed: the same seed gives the same model, bit for bit.

    Attributes:
        vocabulary: the characters, None before `fit`.
        model: the `Sequential` behind it, None before `fit`.

    Example:
        >>> model = TextModel("gru", units=16, layers=1)
        >>> history = model.fit("to be or not to be, that is the question. " * 20, epochs=2, steps=20, batch=4, verbose=0)
        >>> len(model.sample("to be", 40))
        40

    References: I. Sutskever, J. Martens, G. Hinton, "Generating text with recurrent neural networks", ICML 2011;
    A. Graves, "Generating sequences with recurrent neural networks", 2013.
    """

    def __init__(
        self,
        net: str = "lstm",
        units: int = 256,
        layers: int = 1,
        dropout: float = 0.2,
        *,
        lower: bool = False,
        rare: int = 1,
        seed: int = 0,
    ):
        if units < 1 or layers < 1:
            raise ArgumentError(f"{layers} layers of {units} units write nothing", remedy="both must be at least 1")
        self.kind = networks[net]
        self.net, self.units, self.layers, self.dropout = net, units, layers, dropout
        self.lower, self.rare, self.seed = lower, rare, seed
        self.vocabulary: Vocabulary | None = None
        self.model: Model | None = None

    def build(self, alphabet: str) -> None:
        """Number the characters of a text and make a network for them that has learned nothing yet."""
        vocabulary = Vocabulary.of(alphabet, self.lower, self.rare)
        inner: list[Any] = [Embedding(len(vocabulary), min(len(vocabulary), self.units), EMBEDDING)]
        for _ in range(self.layers):
            inner.append(self.kind(self.units, return_sequences=True))
            inner += [Dropout(self.dropout)] if self.dropout else []
        model = Sequential([*inner, Dense(len(vocabulary))], name="text", seed=self.seed)
        model.build(jax.ShapeDtypeStruct((1, 1), np.int32))
        self.vocabulary, self.model = vocabulary, model

    def fit(
        self,
        text: str,
        epochs: int = 6,
        batch: int | None = None,
        steps: int = 100,
        learning_rate: float = 0.01,
        *,
        minutes: float | None = None,
        validation_split: float = VALIDATION,
        verbose: Any = "auto",
        show: Callable[[str], Any] | None = None,
        callbacks: list[Callback] | None = None,
    ) -> History:
        """Learn to predict each next character, and keep the network that prices the validation text lowest.

        The text is read as `batch` parallel streams in windows of `steps` characters; gradients go back to the start of a
        window, memory goes on from window to window. A second call goes on with the same network.

        Args:
            text: to learn from; its first part of `validation_split` is only priced after each epoch.
            epochs: how often to read it.
            batch, steps: see above; without a `batch` 32, and fewer where an epoch would have few windows.
            learning_rate: of Adam at the start; it falls along half a cosine.
            minutes: stop after so many, wherever training is.
            verbose: as in `Model.fit`; losses are mean nats and bits a character.
            show: is called with a sample now and then.

        Ctrl-C keeps what was learned.
        """
        check_length(text)
        if learning_rate <= 0 or epochs < 1 or (minutes is not None and minutes <= 0):
            what = f"learning_rate={learning_rate}, epochs={epochs}, minutes={minutes}"
            raise ArgumentError(f"{what}: that learns nothing", remedy="all of them must be more than 0")
        if self.model is None:
            self.build(text)
        model, vocabulary = self._ready("learn")
        first = max(2, round(len(text) * validation_split))  # as `split_text` has it
        learned, priced = vocabulary.encode(text[first:]), vocabulary.encode(text[:first])
        streams = Streams(learned, batch or usual_batch(len(learned), steps), steps, self.seed)
        shown = None if show is None else lambda net: show(self._written(net, "", SHOWN, 0.7, None, course.streams.epoch))
        course = Course(streams, priced, learning_rate, minutes and 60 * minutes, shown)
        loss = SparseCategoricalCrossentropy(from_logits=True)
        model.compile(learner=Reading(loss, Adam(learning_rate, global_clipnorm=CLIP)))
        plain = model.net
        try:
            model.fit(streams, epochs=epochs, verbose=verbose, callbacks=[course, *(callbacks or [])], steps_per_epoch=len(streams))
        except (TimeIsUpError, KeyboardInterrupt) as stop:
            course.look()
            if isinstance(stop, KeyboardInterrupt):
                raise
        finally:
            model.net, model.memo = _with_weights(plain, course.best or model.net), None
        return model.history

    def sample(self, prompt: str = "", length: int = 500, temperature: float = 0.8, top_k: int | None = None, seed: int = 0) -> str:
        """`length` characters that go on from a prompt.

        Args:
            prompt: what is read first; it is no part of the result. Without one the text starts as after the end of a line.
            temperature: logits are divided by it: 1 writes as it learned, lower more surely, 0 always the likeliest.
            top_k: draw from the so many likeliest characters only.
            seed: another seed, another text; a longer text begins with the shorter one.
        """
        model, vocabulary = self._ready("write")
        characters = len(vocabulary)
        if length < 1 or not 0 <= temperature < math.inf:
            raise ArgumentError(f"length={length}, temperature={temperature}", remedy="length is 1 or more, temperature 0 or more")
        if top_k is not None and not 1 <= top_k <= characters:
            raise ArgumentError(f"top_k is {top_k}", remedy=f"choose from 1 to {characters}, the number of characters")
        if UNKNOWN not in vocabulary and (missing := vocabulary.missing(prompt)):
            shown = ", ".join(repr(c) for c in missing[:8]) + (" …" if len(missing) > 8 else "")
            remedy = f"leave {'it' if len(missing) == 1 else 'them'} out; the characters are {vocabulary.characters!r}"
            raise DataError(f"the prompt has characters that the model never saw: {shown}", where=f"prompt {prompt!r}", remedy=remedy)
        return self._written(model.net, prompt, length, temperature, top_k, seed)

    def nats(self, text: str) -> float:
        """Mean −log p a character of a text, each given all before it; the first is not counted. In bits: `bits`."""
        model, vocabulary = self._ready("price a text")
        codes = vocabulary.encode(text)
        if len(codes) < 2:
            raise DataError(f"a text of {len(codes)} characters has nothing to predict", remedy="give at least two")
        return price(model.net, codes)

    def bits(self, text: str) -> float:
        """Mean −log₂ p a character."""
        return self.nats(text) / math.log(2)

    def save(self, folder: Any, facts: dict[str, Any] | None = None) -> None:
        """Write `model.nz`, all that `load` needs, and `text.json`, the same in words with `facts`, into a folder."""
        model, vocabulary = self._ready("be saved")
        path = Path(folder).expanduser()
        settings = {name: getattr(self, name) for name in SETTINGS}
        about = {**settings, "characters": vocabulary.characters}
        try:
            path.mkdir(exist_ok=True)
            save_model(model, path / FILES[0], include_optimizer=False, extra={"text": about})
            (path / FILES[1]).write_text(json.dumps({**about, **(facts or {})}, indent=1, ensure_ascii=False), "utf-8")
        except OSError as error:
            raise DataError(f"the folder cannot be written: {error.strerror}", where=str(path), remedy="choose another") from None

    @classmethod
    def load(cls, folder: Any) -> "TextModel":
        """The model that `save` wrote into a folder. Raises `FormatError` where there is none, or one that is no text model."""
        path = Path(folder).expanduser()
        if not path.exists():
            raise FormatError(f"there is no folder {str(path)!r}", remedy="give the folder that `neuralzoo train text` wrote")
        if path.is_dir() and not (path / "model.nz").is_file():
            raise FormatError("there is no model.nz in it", where=str(path), remedy="give the folder that `neuralzoo train text` wrote")
        about: Any = load_extra(path).get("text")
        if not _sound(about):
            remedy = "give a folder that `neuralzoo train text` wrote"
            raise FormatError("the model in it is none that writes text", where=str(path), remedy=remedy)
        made = cls(**{name: about[name] for name in SETTINGS})
        made.vocabulary, made.model = Vocabulary(about["characters"], about["lower"]), load_model(path)
        return made

    def _ready(self, what: str) -> tuple[Model, Vocabulary]:
        if self.model is None or self.vocabulary is None:
            raise NotReadyError(f"the text model cannot {what} before it was fitted", remedy="call fit(text) or load(folder)")
        return self.model, self.vocabulary

    def _written(self, net: Any, prompt: str, length: int, temperature: float, top_k: int | None, seed: int) -> str:
        _, vocabulary = self._ready("write")
        codes = vocabulary.encode(prompt or ("\n" if "\n" in vocabulary else vocabulary.characters[0]))
        allowed = np.array([c != UNKNOWN for c in vocabulary.characters])
        return vocabulary.decode(write(net, codes, length, temperature, jax.random.key(seed), allowed, top_k))


def usual_batch(characters: int, steps: int) -> int:
    """How many streams to read a text in: 32, and fewer where an epoch would have less than 50 windows.

    >>> usual_batch(1_000_000, 100), usual_batch(30_000, 100), usual_batch(1000, 100)
    (32, 6, 1)
    """
    return max(1, min(32, characters // (50 * steps)))


def _with_weights(net: Any, trained: Any) -> Any:
    """`net` with the weights of a network of the same layers, which may remember."""
    weights, rest = split(net)
    return merge(jax.tree.unflatten(jax.tree.structure(weights), jax.tree.leaves(split(trained)[0])), rest)


def _sound(about: Any) -> bool:
    """Whether a file tells all that a text model needs."""
    if not isinstance(about, dict) or {*SETTINGS, "characters"} - about.keys():
        return False
    characters = about["characters"]
    return isinstance(characters, str) and len(characters) > 1 and list(characters) == sorted(set(characters)) and about["net"] in networks
