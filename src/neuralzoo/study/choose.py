"""Step two: which traditional methods and which networks are worth trying on this data, from simple to complex.

A maker is a function `Problem -> Candidate | Skip`. To add a candidate, write its maker and enter it in `BASELINES` (by task)
or `NETWORKS` (by kind of data).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from neuralzoo.core.errors import ArgumentError, nearest
from neuralzoo.study import baselines, closed_form, networks, structured
from neuralzoo.study.problem import Problem, Skip
from neuralzoo.study.records import Candidate


@dataclass(frozen=True)
class Choice:
    """What to try, from simple to complex, baselines first; and what not."""

    candidates: tuple[Candidate, ...]
    skipped: tuple[Skip, ...] = ()


Maker = Callable[[Problem], Candidate | Skip]

BASELINES: dict[str, tuple[Maker, ...]] = {
    "classification": (baselines.majority, baselines.logistic, baselines.svm, baselines.forest, baselines.boosting),
    "regression": (baselines.mean, baselines.ridge, baselines.svm, baselines.forest, baselines.boosting),
}
NETWORKS: dict[str, tuple[Maker, ...]] = {
    "table": (
        networks.single_layer,
        closed_form.extreme,
        closed_form.radial,
        networks.small,
        networks.medium,
        networks.large,
        networks.residual,
    ),
    "images": (
        networks.single_layer,
        closed_form.extreme,
        networks.small,
        networks.medium,
        structured.small_convolutional,
        structured.convolutional,
    ),
    "sequences": (
        networks.single_layer,
        closed_form.extreme,
        closed_form.echo_state,
        networks.small,
        networks.medium,
        structured.temporal_convolutional,
        structured.recurrent,
    ),
}


def choose(problem: Problem, only: Iterable[str] = ()) -> Choice:
    """The candidates for a problem; `only` keeps those whose name holds one of these words (guessing always stays).

    >>> [c.name for c in choose(Problem("table", "multiclass", rows=120, shape=(4,), classes=3, smallest=40)).candidates]
    ['majority class', 'logistic regression', 'RBF SVM', 'random forest',
     'single-layer network', 'ELM 32', 'RBF network 16', 'MLP 16', 'MLP 64-32']
    """
    by_task = BASELINES["regression" if problem.task == "regression" else "classification"]
    makers = (*by_task, *NETWORKS[problem.kind])
    made = [maker(problem) for maker in makers]
    candidates = [replace(c, order=k) for k, c in enumerate(made) if isinstance(c, Candidate)]
    return Choice(_only(candidates, tuple(only)), tuple(s for s in made if isinstance(s, Skip)))


def _only(candidates: list[Candidate], words: tuple[str, ...]) -> tuple[Candidate, ...]:
    if not words:
        return tuple(candidates)
    names = [c.name for c in candidates]
    for word in words:
        if not any(word.lower() in name.lower() for name in names):
            raise ArgumentError(f"no candidate is called {word!r}", remedy=nearest(word, names))
    kept = [c for c in candidates if c.order == 0 or any(word.lower() in c.name.lower() for word in words)]
    return tuple(kept)
