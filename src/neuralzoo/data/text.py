"""Text as sequences of characters: reading it, numbering its characters, splitting it, cutting it into windows."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int

from neuralzoo.core.errors import ArgumentError, DataError, nearest
from neuralzoo.data.names import CATALOGUE, Entry

UNKNOWN = "\ufffd"  # stands for characters that were too rare to get a number of their own
TEST = 0.10  # share of a text, from its end
VALIDATION = 0.05  # from its beginning: what stands just before the end tells too much about it to be left out of training
LEAST = 200  # characters without which there is nothing to learn
MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}  # how files in other encodings begin

Codes = Int[np.ndarray, " characters"]


def open_text(what: str | Path) -> tuple[str, str]:
    """Name and characters of a text file, or of a named data set of text; a part of the name will do (`shakespeare`)."""
    path = Path(what).expanduser()
    if isinstance(what, str) and (found := _named(what)) is not None:
        return found.name, read_text(found.get()[0])
    if path.exists():
        return path.name.split(".")[0] or path.name, read_text(path)
    names = [e.name for e in CATALOGUE.values() if e.kind == "text"]
    raise ArgumentError(f"there is neither a text file nor a named text {str(what)!r}", remedy=f"give a file. {nearest(path.stem, names)}")


def read_text(path: str | Path) -> str:
    """The characters of a file in UTF-8, each end of line a single line feed.

    Raises `DataError` for a file that is missing, in another encoding, empty or too short to learn from.
    """
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"the text cannot be read: {error.strerror}", where=str(path), remedy="give a text file") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        likely = MARKS.get(raw[:2])
        what = f"it is not UTF-8: byte {error.start + 1:,} is 0x{raw[error.start]:02x}" + (f"; it looks like {likely}" if likely else "")
        remedy = f"convert it first: iconv -f {likely or 'LATIN1'} -t UTF-8 {Path(path).name} > {Path(path).stem}-utf8.txt"
        raise DataError(what, where=str(path), remedy=remedy) from None
    if "\0" in text:
        raise DataError(f"character {text.index(chr(0)) + 1:,} is NUL: this is no text", where=str(path), remedy="give a text file")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return check_length(text, str(path))


def check_length(text: str, where: str = "") -> str:
    """The text, once it is sure that there is enough of it."""
    if len(text) < LEAST or len(set(text)) < 2:
        held = "is empty" if not text else f"has {len(text)} characters, {len(set(text))} different ones"
        remedy = f"give at least {LEAST} characters; a network that writes well wants a million"
        raise DataError(f"the text {held}: too little to learn from", where=where, remedy=remedy)
    return text


@dataclass(frozen=True)
class Vocabulary:
    """The characters of a text, numbered from 0 in the order of their code points.

    Fields:
        characters: all of them; where rare ones were left out, `UNKNOWN` is among them and stands for all others.
        lower: whether capitals are read as small letters.

    Example:
        >>> words = Vocabulary.of("to be or not to be")
        >>> words.characters, words.encode("not").tolist(), words.decode([3, 4, 6])
        (' benort', [3, 4, 6], 'not')
    """

    characters: str
    lower: bool = False

    @classmethod
    def of(cls, text: str, lower: bool = False, least: int = 1) -> "Vocabulary":
        """The characters that occur at least `least` times; the others become `UNKNOWN`."""
        counts = Counter(text.lower() if lower else text)
        kept = {c for c, n in counts.items() if n >= least}
        return cls("".join(sorted(kept if len(kept) == len(counts) else kept | {UNKNOWN})), lower)

    def __len__(self) -> int:
        return len(self.characters)

    def __contains__(self, character: str) -> bool:
        return character in self.characters

    def missing(self, text: str) -> str:
        """The characters of a text that have no number, each once, sorted."""
        return "".join(sorted(set(text.lower() if self.lower else text) - set(self.characters)))

    def encode(self, text: str) -> Codes:
        """The numbers of the characters; raises `DataError` for one that has none, where there is no `UNKNOWN`."""
        text = text.lower() if self.lower else text
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        known = np.frombuffer(self.characters.encode("utf-32-le", "surrogatepass"), np.uint32)
        codes = np.minimum(np.searchsorted(known, points), len(known) - 1).astype(np.int32)
        strange = known[codes] != points
        if strange.any():
            if UNKNOWN not in self.characters:
                shown = ", ".join(repr(c) for c in self.missing(text)[:8])
                remedy = f"leave them out; the characters are {self.characters!r}"
                raise DataError(f"the text has characters that the model never saw: {shown}", remedy=remedy)
            codes[strange] = self.characters.index(UNKNOWN)
        return codes

    def decode(self, codes: object) -> str:
        """The characters with these numbers."""
        return "".join(self.characters[int(code)] for code in np.asarray(codes).reshape(-1))


def split_text(text: str, validation: float = VALIDATION, test: float = TEST) -> tuple[str, str, str]:
    """A text in three pieces, (training, validation, test), never shuffled: the beginning validates, the end is the test.

    >>> split_text("abcdefghijklmnopqrst")
    ('bcdefghijklmnopqr', 'a', 'st')
    """
    start, end = round(len(text) * validation), len(text) - round(len(text) * test)
    if not (0 < start < end < len(text)):
        raise ArgumentError(
            f"{len(text)} characters cannot be split at {validation} and {test}", remedy="try 0.05 and 0.1, or a longer text"
        )
    return text[start:end], text[:start], text[end:]


class Streams:
    """A text as `batch` parallel streams, read in windows of `steps` characters that continue each other.

    Row i of a batch goes on where row i of the batch before ended, so a network that keeps its memory from batch to batch
    reads `batch` long texts. Targets are the characters one further. Each epoch cuts at other places.

    Args:
        codes: the text in numbers.
        batch: streams; fewer where the text is too short for so many.
        steps: characters of a window.
        seed: of the places where epochs start.

    Attributes:
        epoch: which epoch the next iteration is.

    Reference: R. Williams, J. Peng, "An efficient gradient-based algorithm for on-line training of recurrent network
    trajectories", Neural Computation 2, 1990 (truncated backpropagation through time).
    """

    def __init__(self, codes: Codes, batch: int, steps: int, seed: int = 0):
        if batch < 1 or steps < 1:
            raise ArgumentError(f"there cannot be {batch} streams of {steps} characters", remedy="both must be at least 1")
        usable = len(codes) - steps  # every start from 0 to steps − 1 has to fit, and a target behind the last character
        self.batch = min(batch, usable // steps)
        if self.batch < 1:
            what = f"{len(codes)} characters are too few for windows of {steps}"
            raise DataError(what, remedy=f"take at most {max(1, len(codes) // 2)} steps, or a longer text")
        self.codes, self.steps, self.seed, self.epoch = codes, steps, seed, 0
        self.length = usable // (self.batch * steps)

    def __len__(self) -> int:
        return self.length

    def start(self, epoch: int) -> int:
        """Where the first stream of an epoch starts."""
        return int(np.random.default_rng((self.seed, epoch)).integers(self.steps))

    def windows(self, epoch: int) -> Int[np.ndarray, "windows batch steps_and_target"]:
        """All windows of an epoch, each with the first character of the next one behind it."""
        each = self.length * self.steps
        first = self.start(epoch) + each * np.arange(self.batch)[None, :, None] + self.steps * np.arange(self.length)[:, None, None]
        return self.codes[first + np.arange(self.steps + 1)]

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        windows = self.windows(self.epoch)
        return iter([(window[:, :-1], window[:, 1:]) for window in windows])


def _named(what: str) -> Entry | None:
    """The named text whose name is, or has in it, what was written; a file of that very name goes first."""
    if Path(what).is_file():
        return None
    word = what.strip().lower().replace("-", "_").replace(" ", "_")
    found = [e for e in CATALOGUE.values() if e.kind == "text" and word and word in e.name]
    return found[0] if len(found) == 1 else None
