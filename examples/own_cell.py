"""A recurrent cell of your own in ten lines: a memory that each feature forgets at a rate it learns. It trains, masks and saves."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from neuralzoo.core.record import Built, param
from neuralzoo.layers import Cell, Dense, Recurrent
from neuralzoo.models import Sequential
from neuralzoo.optimizers import Adam


class Leaky(Cell):
    """y ← y + rate · (x − y): an average that forgets, at its own rate for each feature."""

    rate: Built[Float[Array, " features"]] = param()

    def build(self, x, key):
        return self.set(rate=jnp.full(x.shape[-1], 0.5))

    def start(self, batch):
        return jnp.zeros((batch, len(self.rate)))

    def step(self, drive, state):
        state = state + self.rate * (drive - state)
        return state, state


x = np.random.default_rng(0).normal(size=(500, 20, 2)).astype(np.float32)
forgotten = 0.8 ** np.arange(20)[::-1, None]  # the target forgets a fifth at each step
model = Sequential([Recurrent(Leaky(), input_shape=(20, 2)), Dense(1, kernel_initializer="ones")])
model.compile(Adam(0.01), "mse")
losses = model.fit(x, (x * forgotten).sum((1, 2)), epochs=100, verbose=0).history["loss"]
model.summary()
print(f"loss {losses[0]:.3f} → {losses[-1]:.3f}, rates {np.round(np.asarray(model.layers[0].cell.rate), 2)}")
