"""Which rows train, which choose, which judge: `split_rows` and `parse_split`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.data.frames import load_pandas

SIDES = ("train", "validation", "test")


@dataclass(frozen=True, eq=False)
class Split:
    """Three arrays of row numbers that partition the rows, how they were chosen, and what had to be done about it.

    >>> train, validation, test = split_rows(10)
    >>> len(train), len(validation), len(test)
    (8, 1, 1)
    """

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    how: str = "random"
    notes: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[np.ndarray]:
        return iter((self.train, self.validation, self.test))


def parse_split(text: str) -> tuple[float, float, float]:
    """Fractions from `train/validation/test` in per cent or as fractions.

    >>> parse_split("60/20/20")
    (0.6, 0.2, 0.2)
    """
    remedy = "write three parts that add up to 100, such as 80/10/10"
    try:
        parts = [float(part) for part in text.split("/")]
    except ValueError:
        raise ArgumentError(f"split {text!r} is not made of numbers", remedy=remedy) from None
    total = sum(parts)
    if len(parts) != 3 or min(parts) < 0 or not (abs(total - 100) < 1e-6 or abs(total - 1) < 1e-6):
        raise ArgumentError(f"split {text!r} has {len(parts)} parts that add up to {total:g}", remedy=remedy)
    train, validation, test = (part / round(total) for part in parts)
    return _checked_fractions((train, validation, test))


def split_rows(
    n: int,
    fractions: Sequence[float] = (0.8, 0.1, 0.1),
    *,
    y: Any = None,
    groups: Any = None,
    time: Any = None,
    seed: int = 0,
) -> Split:
    """Partition `n` rows into training, validation and test rows.

    `y` (n,): class labels, so that each side has its share of every class. `groups` (n,): rows of one group stay on one
    side (with `y`, classes are balanced as far as the groups allow). `time` (n,): the past trains, the future judges; rows
    of one moment stay together. None of them: at random. A class too small for every side goes to training first.
    """
    fractions = _checked_fractions(fractions)
    for name, values in (("y", y), ("groups", groups), ("time", time)):
        if values is not None and len(values) != n:
            raise ArgumentError(f"{name} has {len(values)} entries for {n} rows", remedy="give one entry for every row")
    if groups is not None and time is not None:
        raise ArgumentError("groups and time cannot both decide the split", remedy="give one of them")
    if n < (needed := sum(f > 0 for f in fractions)):
        raise DataError(f"{n} rows cannot be split into {needed} parts", remedy=f"give at least {needed} rows")
    rng = np.random.default_rng(seed)
    notes: list[str] = []
    if time is not None:
        side, how = _by_time(_times(time), fractions), "by time"
    elif groups is not None:
        labels = np.zeros(n, int) if y is None else _codes(y, "y")
        side, how = _by_group(_codes(groups, "groups"), labels, fractions, rng), "grouped"
    elif y is not None:
        side, how = _stratified(_codes(y, "y"), fractions, rng, notes), "stratified"
    else:
        side, how = rng.permutation(np.repeat(np.arange(3), _sizes(n, fractions))), "random"
    if y is not None:
        notes += _missing_classes(_codes(y, "y"), side, fractions, how)
    train, validation, test = (np.flatnonzero(side == k) for k in range(3))
    if time is not None:
        order = np.argsort(_times(time), kind="stable")
        train, validation, test = (order[np.isin(order, rows)] for rows in (train, validation, test))
    return Split(train, validation, test, how, tuple(notes))


def _checked_fractions(fractions: Sequence[float]) -> tuple[float, float, float]:
    values = tuple(float(f) for f in fractions)
    if len(values) != 3 or min(values) < 0 or values[0] == 0 or abs(sum(values) - 1) > 1e-6:
        raise ArgumentError(f"fractions={values} is no split", remedy="give (train, validation, test) that add up to 1, train above 0")
    return values[0], values[1], values[2]


def _codes(values: Any, name: str) -> np.ndarray:
    """Labels of any kind as whole numbers 0, 1…; a missing label counts as one of them."""
    pandas = load_pandas()

    values = np.asarray(values)
    if name == "y" and values.dtype.kind == "f" and np.any(values != np.round(values), where=np.isfinite(values)):
        raise ArgumentError("y holds measurements, not classes", remedy="leave y out: a regression is split at random")
    return pandas.factorize(values if values.dtype.kind != "U" else values.astype(object), use_na_sentinel=False)[0]


def _times(time: Any) -> np.ndarray:
    pandas = load_pandas()

    values = pandas.Series(np.asarray(time))
    if values.isna().any():
        row = int(values.isna().to_numpy().argmax()) + 1
        raise DataError("a row has no time", where=f"time, row {row}", remedy="fill the gap, or remove the row")
    return values.rank(method="dense").to_numpy().astype(int)


def _sizes(n: int, fractions: tuple[float, float, float], carry: np.ndarray | None = None) -> np.ndarray:
    """Whole sizes that add up to `n`, nearest to the fractions; every side with a fraction gets a row where `n` allows."""
    ideal = n * np.asarray(fractions) + (0 if carry is None else carry)
    sizes = np.maximum(np.floor(ideal + 1e-9).astype(int), 0)
    wanted = np.asarray(fractions) > 0
    if n >= wanted.sum():
        sizes = np.maximum(sizes, wanted)
    while sizes.sum() < n:
        sizes[np.argmax(np.where(wanted, ideal - sizes, -np.inf))] += 1
    while sizes.sum() > n:
        spare = sizes > (wanted if n >= wanted.sum() else 0)
        sizes[np.argmin(np.where(spare, ideal - sizes, np.inf))] -= 1
    return sizes


def _stratified(codes: np.ndarray, fractions: tuple[float, float, float], rng: np.random.Generator, notes: list[str]) -> np.ndarray:
    side = np.empty(len(codes), int)
    carry, small = np.zeros(3), 0
    spread = 0  # lone rows go to training; the second row of a pair alternates between the other sides
    others = [k for k in (2, 1) if fractions[k] > 0]
    order = rng.permutation(len(codes))
    starts = order[np.argsort(codes[order], kind="stable")]
    for rows in np.split(starts, np.cumsum(np.bincount(codes))[:-1]):
        if len(rows) < 1 + len(others):
            small += 1
            side[rows] = 0
            if len(rows) == 2:
                side[rows[1]] = others[spread % len(others)]
                spread += 1
            continue
        sizes = _sizes(len(rows), fractions, carry)
        carry = carry + len(rows) * np.asarray(fractions) - sizes
        side[rows] = np.repeat(np.arange(3), sizes)
    if small:
        notes.append(f"{small} of {codes.max() + 1} classes have too few rows for every side: their rows went to training first")
    return _none_empty(side, fractions, rng)


def _none_empty(side: np.ndarray, fractions: tuple[float, float, float], rng: np.random.Generator) -> np.ndarray:
    """Where only tiny classes exist a side may be left empty: a row of the fullest side goes there."""
    for k in range(3):
        if fractions[k] > 0 and not np.any(side == k):
            side[rng.choice(np.flatnonzero(side == np.bincount(side, minlength=3).argmax()))] = k
    return side


def _by_group(groups: np.ndarray, codes: np.ndarray, fractions: tuple[float, float, float], rng: np.random.Generator) -> np.ndarray:
    """Large groups first, each to the side that then lies nearest to its share of every class."""
    wanted = [k for k in range(3) if fractions[k] > 0]
    if (found := groups.max() + 1) < len(wanted):
        raise DataError(
            f"{found} groups cannot be split into {len(wanted)} parts without tearing one",
            remedy=f"give at least {len(wanted)} groups, or a split with fewer parts such as 80/20/0",
        )
    counts = np.zeros((found, codes.max() + 1))
    np.add.at(counts, (groups, codes), 1)
    totals = counts.sum(0)
    open_share = np.asarray(fractions)[:, None] * totals  # what each side still wants of each class
    home = np.full(found, -1)
    for group in np.lexsort((rng.random(found), -counts.sum(1))):
        gain = (open_share * counts[group] / totals).sum(1) * 2 - (counts[group] ** 2 / totals).sum()
        best = max(wanted, key=lambda k: gain[k])
        home[group], open_share[best] = best, open_share[best] - counts[group]
    for k in wanted:
        if not np.any(home == k):
            fullest = np.bincount(home, minlength=3).argmax()
            members = np.flatnonzero(home == fullest)
            home[members[counts[members].sum(1).argmin()]] = k
    return home[groups]


def _by_time(times: np.ndarray, fractions: tuple[float, float, float]) -> np.ndarray:
    ordered = np.sort(times)
    borders = np.flatnonzero(np.diff(ordered)) + 1  # between two moments
    cuts = np.cumsum(_sizes(len(times), fractions))[:2].tolist()
    if len(borders) >= 2:  # keep the rows of one moment together
        snapped = [int(borders[np.abs(borders - cut).argmin()]) if 0 < cut < len(times) else cut for cut in cuts]
        if len({0, *snapped, len(times)}) == len({0, *cuts, len(times)}):
            cuts = snapped
    rank = np.empty(len(times), int)
    rank[np.argsort(times, kind="stable")] = np.arange(len(times))
    return np.searchsorted(np.asarray(cuts), rank, side="right")


def _missing_classes(codes: np.ndarray, side: np.ndarray, fractions: tuple[float, float, float], how: str) -> list[str]:
    notes = []
    for k, name in enumerate(SIDES):
        absent = codes.max() + 1 - len(np.unique(codes[side == k]))
        if fractions[k] > 0 and absent:
            notes.append(f"the {name} rows ({how}) lack {absent} of {codes.max() + 1} classes")
    return notes
