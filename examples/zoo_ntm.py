"""A neural Turing machine learns a small program (row B22 of the lectures): copy, repeat copy or associative recall.

    python examples/zoo_ntm.py [copy | repeat | recall] [steps] [seed] [lstm | gru | feed-forward] [picture.png]

Graves et al. (2014) copy 1 to 20 vectors of 8 bits at about 0 bits a sequence and go on to 120 with few mistakes, memory of 128 × 20,
controllers of 100 units. As theirs, the machine sees one new sequence at each step, and RMSprop has a momentum of 0.9 and steps of
0.0001, which here fall to a hundredth of that. Recall takes their controller of 256 units, four heads that read and four that write.
Not every start gets as far: copying, seed 2 goes on to 120 vectors, the seeds 0 and 1 do not (`docs/results.md`).
"""

import sys
import time

from neuralzoo.callbacks import LambdaCallback
from neuralzoo.data.algorithms import associative_recall, copy, fresh, repeat_copy
from neuralzoo.layers import DenseCell
from neuralzoo.optimizers import RMSprop, schedules
from neuralzoo.zoo import NeuralTuringMachine

PLANS = {  # the task, what to learn, what else to try, the machine, how many steps
    "copy": (copy, {"lengths": (1, 20)}, [{"lengths": (n, n)} for n in (20, 40, 80, 120)], ("feed-forward",), 30000),
    "repeat": (
        repeat_copy,
        {"lengths": (1, 10), "repeats": (1, 10)},
        [{"lengths": (10, 10), "repeats": (n, n)} for n in (10, 20)] + [{"lengths": (20, 20), "repeats": (10, 10)}],
        ("gru",),
        60000,
    ),
    "recall": (
        associative_recall,
        {"items": (2, 6)},
        [{"items": (n, n)} for n in (6, 8, 10, 15, 20)],
        (DenseCell(256), 128, 20, 4, 4),
        60000,
    ),
}
RATE, EVERY = 1e-4, 500

told = dict(enumerate(sys.argv))
name = told.get(1, "copy")
task, settings, others, (controller, *sizes), usual = PLANS[name]
steps, seed = int(told.get(2, usual)), int(told.get(3, 2))
rate = schedules.PolynomialDecay(RATE, steps, RATE / 100)
rule = RMSprop(rate, rho=0.95, momentum=0.9, epsilon=1e-4, centered=True, global_clipnorm=10.0)
machine, began = NeuralTuringMachine(told.get(4, controller), *sizes, optimizer=rule, seed=seed), time.time()


def look(epoch, logs):
    if epoch % 10 == 9:
        print(f"{machine.count} steps: {logs['loss']:.3f} bits a sequence, {time.time() - began:.0f} s", flush=True)


stream = fresh(task, 1, seed=seed, **settings)
machine.fit(stream, steps_per_epoch=EVERY, epochs=steps // EVERY, verbose=0, callbacks=[LambdaCallback(on_epoch_end=look)])

for tried, rows in [(settings, 1000), *((other, 200) for other in others)]:
    x, y = task(rows, seed=(seed, 2**20), **tried)
    loss, wrong = machine.evaluate(x, y, batch_size=100, verbose=0)
    faulty = (((machine.predict(x) > 0.5) != y) & (y >= 0)).any(axis=(1, 2)).mean()
    print(f"{name} {tried}, {rows} new sequences: {loss:.3f} of {(y >= 0).sum() / rows:.0f} bits, ", end="")
    print(f"{wrong:.3%} of the bits wrong, {faulty:.1%} not faultless", flush=True)
print(f"after {machine.count} steps of one sequence, {time.time() - began:.0f} s")

if 5 in told:
    machine.draw(*task(1, seed=(seed, 2**21), **others[0])).savefig(told[5], dpi=150)
