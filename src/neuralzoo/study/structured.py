"""The networks a study tries on pictures and on sequences: those that know what is next to what."""

import math
from typing import Any

from neuralzoo.study.networks import LARGE_ROWS, SHARE, Size, batch_size, epoch_seconds, measured, network
from neuralzoo.study.problem import Problem, Skip
from neuralzoo.study.records import Candidate

SMALLEST_SIDE = 6  # pixels; below that two poolings leave nothing
LONGEST = 400  # steps that a recurrent network is taken through
SHORTEST = 4  # steps; below that there is no time to speak of
STEP_WORK = 30_000  # multiplications that a step of a recurrence costs however small it is


def small_convolutional(problem: Problem) -> Candidate | Skip:
    return _convolutional(problem, [8, 16], 32, "small filters shared by all places of the picture")


def convolutional(problem: Problem) -> Candidate | Skip:
    filters = [16, 32, 64]
    if problem.rows < LARGE_ROWS:
        return Skip(_filters_name(filters), f"{problem.rows} training pictures: the small one has filters enough for them")
    return _convolutional(problem, filters, 128, "three scales, held back by dropout", dropout=0.3, normalise=True)


def temporal_convolutional(problem: Problem) -> Candidate | Skip:
    steps, channels = problem.shape
    name, filters, width = "temporal CNN 32-64", (32, 64), 5
    if steps < SHORTEST * width:
        return Skip(name, f"{steps} steps are too few for two filters of {width} steps")
    sizes = [(width * channels + 1) * 32, (width * 32 + 1) * 64, 65 * problem.outputs]
    work = sizes[0] * steps + sizes[1] * (steps // 2)

    def layers() -> list[Any]:
        from neuralzoo.layers import Conv1D, Dropout, GlobalAveragePooling1D, MaxPooling1D

        first, second = (Conv1D(n, width, padding="same", activation="relu") for n in filters)
        return [first, MaxPooling1D(2), second, GlobalAveragePooling1D(), Dropout(0.2)]

    reason = f"filters of {width} steps find shapes wherever they occur: {measured(sum(sizes), problem.rows)}"
    return network(problem, name, reason, layers, Size(sum(sizes), work), 1e-3, {"filters": list(filters)})


def recurrent(problem: Problem) -> Candidate | Skip:
    steps, channels = problem.shape
    units = 32 if problem.rows < 1000 else 64
    name = f"GRU {units}"
    if not SHORTEST <= steps <= LONGEST:
        why = "too few to be worth remembering" if steps < SHORTEST else "too many to be carried through one by one"
        return Skip(name, f"{steps} steps are {why}")
    weights = 3 * units * (channels + units + 2)
    work = steps * (weights + STEP_WORK)
    if (skip := _too_slow(problem, name, work)) is not None:
        return skip

    def layers() -> list[Any]:
        from neuralzoo.layers import GRU, Dropout

        return [GRU(units), Dropout(0.2)]

    count = weights + (units + 1) * problem.outputs
    reason = f"reads the {steps} steps in order and keeps {units} numbers in mind: {measured(count, problem.rows)}"
    return network(problem, name, reason, layers, Size(count, work), 3e-3, {"hidden units": [units]})


def _convolutional(
    problem: Problem, filters: list[int], units: int, why: str, *, dropout: float = 0.0, normalise: bool = False
) -> Candidate | Skip:
    """Convolutions of 3×3 and poolings of 2×2 in turn, then a dense layer; one stage fewer where the picture is small."""
    height, width, channels = problem.shape
    side = min(height, width)
    name = _filters_name(filters)
    if side < SMALLEST_SIDE:
        return Skip(name, f"pictures of {height} × {width} are too small for convolutions")
    filters = filters[: int(math.log2(side / 2))]
    name = _filters_name(filters)
    weights, work, space, before = 0, 0, (height, width), channels
    for n in filters:
        weights += (9 * before + (4 if normalise else 1)) * n  # a bias, or the four numbers of batch normalization
        work += 9 * before * n * space[0] * space[1]
        space, before = (space[0] // 2, space[1] // 2), n
    flat = space[0] * space[1] * before
    weights += (flat + 1) * units + (units + 1) * problem.outputs
    work += flat * units
    if (skip := _too_slow(problem, name, work)) is not None:
        return skip

    def layers() -> list[Any]:
        from neuralzoo.layers import Dense, Dropout, Flatten

        stages = [layer for n in filters for layer in _stage(n, normalise)]
        held = [Dropout(dropout)] if dropout else []
        return [*stages, Flatten(), *held, Dense(units, activation="relu"), *held]

    reason = f"{why}: {measured(weights, problem.rows)}"
    return network(problem, name, reason, layers, Size(weights, work), 1e-3, {"filters": filters, "hidden units": [units]})


def _stage(filters: int, normalise: bool) -> list[Any]:
    from neuralzoo.layers import Activation, BatchNormalization, Conv2D, MaxPooling2D

    if not normalise:
        return [Conv2D(filters, 3, padding="same", activation="relu"), MaxPooling2D(2)]
    normal = [Conv2D(filters, 3, padding="same", use_bias=False), BatchNormalization(momentum=0.9), Activation("relu")]
    return [*normal, MaxPooling2D(2)]


def _too_slow(problem: Problem, name: str, work: int) -> Skip | None:
    """A network of which not even three epochs fit its share of the budget is left out, with what it would need."""
    seconds = 3 * epoch_seconds(problem, work, batch_size(problem.rows))
    if seconds <= problem.budget / SHARE:
        return None
    return Skip(name, f"three epochs would take about {seconds:.0f} s: give it time with --budget {math.ceil(seconds * SHARE)}")


def _filters_name(filters: list[int]) -> str:
    return "CNN " + "-".join(map(str, filters))
