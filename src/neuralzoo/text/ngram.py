"""The Markov chain that a character network is measured against."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from neuralzoo.core.errors import ArgumentError
from neuralzoo.data.text import Codes


class KneserNey:
    """The next character given the last `order`, by counting; where a context is rare, shorter ones help out.

    P_k(c | context) = (max(n(context, c) − D, 0) + D · d(context) · P_{k-1}(c | context but its first)) / n(context), with d the
    number of different characters after the context, D between 0 and 1 estimated from what was seen once and twice, and
    P_{-1} = 1 / characters. n counts occurrences at the full order; below it, different characters in front.

    Args:
        codes: the text to count, in numbers from 0.
        characters: how many different numbers there are.
        order: how many characters the chain looks back.

    Example:
        >>> import numpy as np
        >>> text = np.tile([0, 1, 1, 2], 100)
        >>> round(KneserNey(text, 3, order=0).nats(text), 2), KneserNey(text, 3, order=2).nats(text) < 0.001
        (1.04, True)

    Reference: S. Chen, J. Goodman, "An empirical study of smoothing techniques for language modeling", Computer Speech and
    Language 13, 1999; R. Kneser, H. Ney, ICASSP 1995.
    """

    def __init__(self, codes: Codes, characters: int, order: int = 5):
        if order < 0:
            raise ArgumentError(f"a Markov chain of order {order}", remedy="order is 0 or more")
        self.codes, self.characters, self.order = np.asarray(codes, np.int64), characters, order

    def log_probabilities(self, codes: Codes) -> Float[np.ndarray, " predicted"]:
        """log P of each character of another text but its first `order`, given those before it."""
        codes = np.asarray(codes, np.int64)
        if len(codes) <= self.order:
            raise ArgumentError(f"{len(codes)} characters are too few for order {self.order}", remedy="give a longer text")
        p = np.full(len(codes) - self.order, 1 / self.characters)
        for k, (counted, asked) in enumerate(self._contexts(codes)):
            asked = asked[self.order - k :]
            table = self._counts(counted, k)
            contexts = int(max(counted.max(), asked.max())) + 1
            context = table.pairs // self.characters
            seen = np.bincount(context, weights=table.times, minlength=contexts)[asked]
            different = np.bincount(context, minlength=contexts)[asked]
            times = table.of(asked * self.characters + codes[self.order :])
            discounted = np.maximum(times - table.discount, 0) + table.discount * different * p
            p = np.where(seen > 0, discounted / np.maximum(seen, 1), p)
        return np.log(p)

    def nats(self, codes: Codes) -> float:
        """Mean −log P a character."""
        return -float(np.mean(self.log_probabilities(codes)))

    def _contexts(self, codes: Codes) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """For each k from 0 on the context of every place that has k characters before it, as a number: counted and asked text."""
        counted, asked = np.zeros(len(self.codes), np.int64), np.zeros(len(codes), np.int64)
        yield counted, asked
        for k in range(1, self.order + 1):  # one longer: the character k places back, and the context of k − 1
            far, near = self.codes[: len(self.codes) - k], codes[: len(codes) - k]
            both = np.concatenate([far + self.characters * counted[1:], near + self.characters * asked[1:]])
            labels = np.unique(both, return_inverse=True)[1]
            counted, asked = labels[: len(far)], labels[len(far) :]
            yield counted, asked

    def _counts(self, context: np.ndarray, k: int) -> "Counts":
        """How often each character follows each context of length `k`; below the full order, after how many characters in front."""
        pairs = context * self.characters + self.codes[k:]
        if k < self.order:
            pairs = np.unique(pairs[1:] * self.characters + self.codes[: len(pairs) - 1]) // self.characters
        return Counts(*np.unique(pairs, return_counts=True))


@dataclass(frozen=True)
class Counts:
    """Which (context, character) occur, sorted, and how often."""

    pairs: np.ndarray
    times: np.ndarray

    @property
    def discount(self) -> float:
        """What is taken off each count, estimated from how many pairs were seen once and twice."""
        once, twice = (int((self.times == n).sum()) for n in (1, 2))
        return float(np.clip(once / max(once + 2 * twice, 1), 0.05, 0.95))  # 0 would leave nothing for what was never seen

    def of(self, pairs: np.ndarray) -> np.ndarray:
        """How often these occur."""
        place = np.minimum(np.searchsorted(self.pairs, pairs), len(self.pairs) - 1)
        return np.where(self.pairs[place] == pairs, self.times[place], 0)
