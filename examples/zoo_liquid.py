"""A liquid tells spike trains apart (row B17 of the lectures): Maass 2002's task, jittered copies of Poisson templates.

    python examples/zoo_liquid.py [seeds]

One input, templates of 20 Hz and 500 ms, each spike of a copy moved by a normal jitter of 4 ms; a column of 3 × 3 × 15 neurons; 500
copies to learn from, 200 to test on. Beside it the same read-out of the filtered input alone. Means over seeds, of wiring and trains.
"""

import sys

import numpy as np

from neuralzoo.layers import Dense
from neuralzoo.learn.least_squares import LeastSquares
from neuralzoo.models import Sequential
from neuralzoo.zoo import LiquidStateMachine
from neuralzoo.zoo.liquid import spike_patterns

seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 2


def filtered(x):
    trace = np.zeros((len(x), x.shape[2]), np.float32)
    for t in range(x.shape[1]):
        trace = np.exp(-1 / 30) * trace + x[:, t]
    return trace


for templates in (2, 4, 8):
    told = []
    for seed in range(seeds):
        x, y = spike_patterns(templates, 700, 500, seed=seed)
        machine = LiquidStateMachine(seed=seed, ridge=1.0, samples=1)
        machine.fit(x[:500], y[:500], verbose=0)
        alone = Sequential([Dense(templates)])
        alone.compile(learner=LeastSquares(1e-3))
        alone.fit(filtered(x[:500]), y[:500], verbose=0)
        answers = machine.predict(x[500:]), alone.predict(filtered(x[500:]))
        told.append([np.mean(answer.argmax(1) == y[500:]) for answer in answers])
    liquid, alone = np.mean(told, axis=0)
    print(
        f"{templates} templates: {liquid:.1%} right by the liquid, {alone:.1%} by its input alone, {1 / templates:.1%} by chance",
        flush=True,
    )
