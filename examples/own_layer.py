"""A layer of your own in ten lines: y = gate(x) · x, the gate learned. It trains, saves and shows up in the summary."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from neuralzoo.core.initializers import initializer_named
from neuralzoo.core.record import Built, param
from neuralzoo.layers import Dense, Layer
from neuralzoo.models import Sequential


class Gate(Layer):
    """sigmoid(x @ kernel) · x: `(*batch, features) -> (*batch, features)`."""

    kernel: Built[Float[Array, "features features"]] = param()

    def build(self, x, key):
        return self.set(kernel=initializer_named("glorot_uniform")(key, (x.shape[-1], x.shape[-1])))

    def __call__(self, x):
        return x / (1 + jnp.exp(-x @ self.kernel))


x = np.random.default_rng(0).normal(size=(500, 3)).astype(np.float32)
model = Sequential([Gate(input_shape=(3,)), Dense(1)])
model.compile("adam", "mse")
losses = model.fit(x, x[:, 0] * (x[:, 1] > 0), epochs=100, verbose=0).history["loss"]
model.summary()
print(f"loss {losses[0]:.3f} → {losses[-1]:.3f}")
