"""A neural Turing machine learns a small program (row B22 of the lectures): copy, repeat copy or associative recall.

    python examples/zoo_ntm.py [copy | repeat | recall] [steps] [seed] [lstm | feed-forward] [picture.png]

Graves et al. (2014) copy 1 to 20 vectors of 8 bits at about 0 bits a sequence and go on to 120 with few mistakes, memory of 128 × 20,
controllers of 100 units. Here short sequences come first: that costs fewer and shorter steps.
It ends when it is certain, or after so many steps of 16 sequences; each sequence is new.
"""

import sys
import time

from neuralzoo.callbacks import LambdaCallback
from neuralzoo.data.algorithms import associative_recall, copy, fresh, repeat_copy
from neuralzoo.zoo import NeuralTuringMachine

PLANS = {  # the task, the ranges to learn one after the other, and others to be tried on
    "copy": (copy, [{"lengths": (1, n)} for n in (5, 10, 20)], [{"lengths": (n, n)} for n in (20, 40, 80, 120)]),
    "repeat": (
        repeat_copy,
        [{"lengths": (1, n), "repeats": (1, n)} for n in (3, 5, 10)],
        [{"lengths": (10, 10), "repeats": (20, 20)}, {"lengths": (20, 20), "repeats": (10, 10)}],
    ),
    "recall": (associative_recall, [{"items": (2, n)} for n in (3, 6)], [{"items": (n, n)} for n in (6, 8, 10, 15)]),
}
BATCH, EVERY, SURE = 16, 100, 1.0  # bits a sequence at which longer ones come
CERTAIN = 0.05  # bits a sequence at which to end

told = dict(enumerate(sys.argv))
name, steps, seed = told.get(1, "copy"), int(told.get(2, 6000)), int(told.get(3, 0))
task, ranges, others = PLANS[name]
machine, began = NeuralTuringMachine(told.get(4, "lstm"), seed=seed), time.time()

for i, settings in enumerate(ranges):
    enough = SURE if settings is not ranges[-1] else CERTAIN

    def look(epoch, logs, enough=enough, settings=settings):
        machine.stop_training = logs["loss"] < enough
        if machine.stop_training or epoch % 10 == 9:
            print(f"{settings}: {logs['loss']:.3f} bits a sequence, {time.time() - began:.0f} s", flush=True)

    left = (steps - machine.count) // EVERY
    stream = fresh(task, BATCH, seed=seed + i, **settings)
    machine.fit(stream, steps_per_epoch=EVERY, epochs=left, verbose=0, callbacks=[LambdaCallback(on_epoch_end=look)])

for settings, rows in [(ranges[-1], 1000), *((settings, 200) for settings in others)]:
    x, y = task(rows, seed=(seed, 2**20), **settings)
    loss, wrong = machine.evaluate(x, y, batch_size=100, verbose=0)
    asked = (y >= 0).sum() / rows
    print(f"{name} {settings}, {rows} new sequences: {loss:.3f} of {asked:.0f} bits a sequence, {wrong:.3%} of the bits wrong")
print(f"after {machine.count} steps of {BATCH} sequences, {time.time() - began:.0f} s")

if 5 in told:
    machine.draw(*task(1, seed=(seed, 2**21), **others[0])).savefig(told[5], dpi=150)
