"""The 4-2-4 encoder of 1985 in many runs at once: a learner is a pure function, so `vmap` runs 250 machines side by side.

    python examples/zoo_boltzmann.py [runs, cycles at most]

A cycle of learning is 8 annealings with a noisy row clamped and 8 running free. A machine has solved it once each of the four
inputs, clamped, makes its own output the most probable of all 16, hidden units summed out: counted exactly, after every cycle.
Ackley, Hinton and Sejnowski reported 250 of 250 runs solved, after 110 cycles in the median and 1810 at most.
"""

import sys

import jax
import jax.numpy as jnp
import numpy as np

from neuralzoo.learn.learner import Batch
from neuralzoo.zoo.boltzmann import encoder

runs, most = [int(word) for word in sys.argv[1:]] or (20, 300)
machine = encoder()
numbers = np.eye(4, dtype=np.float32)
rows = jnp.asarray(np.tile(numbers, (1, 2)))
batch = Batch(rows, None, jnp.ones(4), jnp.ones(4))
machine.meet(np.asarray(rows), None)
rule, net = machine.learner, machine.net

outputs = jnp.asarray((np.arange(16)[:, None] >> np.arange(4)) & 1, jnp.float32)
pairs = jnp.concatenate([jnp.repeat(jnp.asarray(numbers), 16, axis=0), jnp.tile(outputs, (4, 1))], axis=1)


def solved(net):
    """Whether the most probable output of each input is the input itself."""
    best = net.exact(pairs)[0].reshape(4, 16).argmax(axis=1)
    return jnp.all(outputs[best] == numbers)


@jax.jit
def learn(seeds):
    def cycle(i, carry):
        nets, first = carry
        keys = jax.vmap(lambda seed: jax.random.fold_in(jax.random.key(seed), i))(seeds)
        nets = jax.vmap(lambda net, key: rule.step(net, (), batch, key)[0])(nets, keys)
        return nets, jnp.where((first == 0) & jax.vmap(solved)(nets), i + 1, first)

    nets = jax.vmap(lambda seed: net.build(jax.ShapeDtypeStruct((1, 8), jnp.float32), jax.random.key(seed)))(seeds)
    going = lambda carry: (carry[0] < most) & jnp.any(carry[1][1] == 0)  # noqa: E731
    step = lambda carry: (carry[0] + 1, cycle(*carry))  # noqa: E731
    return jax.lax.while_loop(going, step, (0, (nets, jnp.zeros(runs, jnp.int32))))[1][1]


first = np.asarray(learn(jnp.arange(runs)))
done = first[first > 0]
print(f"{len(done)} of {runs} solved within {most} cycles; median {np.median(done):.0f}, at most {done.max()}")
