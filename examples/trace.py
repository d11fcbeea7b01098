"""The glass box: backpropagation by hand, number by number, and what other rules change (rows A2, A5 to A8 of the lectures).

python examples/trace.py [FOLDER]      also writes the drawings there
"""

import sys
from pathlib import Path

import numpy as np

from neuralzoo.inspect import bias_as_unit, dimensions, named, trace, trace_function
from neuralzoo.layers import Dense, SimpleRNN
from neuralzoo.losses import HalfSquaredError
from neuralzoo.models import Sequential
from neuralzoo.optimizers import SGD
from neuralzoo.zoo import KohonenMap

print("f = (x + y) z, as a graph")
f = trace_function(lambda x, y, z: named(x + y, "q") * z, x=-2, y=5, z=-4)
print(f)

print("\na network of two layers, one example carried out")
model = Sequential([Dense(3, activation="sigmoid", input_shape=(2,)), Dense(2)], seed=1)
model.compile(SGD(0.5), HalfSquaredError())
seen = trace(model, [0.5, -1.0], [1.0, 0.0])
print("\n".join(seen.steps()))
for line in dimensions(model):
    print(line)
x = np.ones((1, 2), np.float32)
print("with the biases as an extra unit:", np.round(np.asarray(bias_as_unit(model.net)(x) - model.net(x)), 6).tolist())

print("\na recurrent network, unrolled in time")
recurrent = Sequential([SimpleRNN(2, input_shape=(4, 3)), Dense(1)], seed=0)
recurrent.compile(SGD(0.1), "mse")
unrolled = trace(recurrent, np.eye(4, 3), [1.0])
print(unrolled)

print("\na map and one row: no gradient, but a winner")
lattice = KohonenMap((3, 3), seed=0)
rows = np.random.default_rng(0).uniform(size=(50, 2))
lattice.fit(rows, epochs=5, verbose=0)
print(trace(lattice, rows[0]))

if len(sys.argv) > 1:
    for name, drawing in (("function", f.svg()), ("network", seen.svg()), ("recurrent", unrolled.svg())):
        (Path(sys.argv[1]) / f"trace_{name}.svg").write_text(drawing, encoding="utf-8")
