"""An adaptive echo canceller on a simulated telephone line (row B2 of the lectures): at least 20 dB less echo.

    python examples/zoo_adaline.py [seconds]

The far speaker's signal comes back through the hybrid. ADALINE, by the normalised delta rule, learns the way of the echo from
what went out and what comes back, and takes its guess out of the line; each part is answered by what was learned before it.
"""

import sys

import numpy as np

from neuralzoo.zoo import Adaline
from neuralzoo.zoo.adaline import cancel_echo, echo_loss, telephone_line

line = telephone_line(float(sys.argv[1]) if len(sys.argv) > 1 else 3.0, seed=0)
canceller = Adaline(rate=0.5, rule="normalized", bias=False)
rest = cancel_echo(canceller, line.far, line.microphone)

for second in range(len(rest) // 8000):
    part = slice(8000 * second, 8000 * (second + 1))
    loss = 10 * np.log10(np.mean(line.microphone[part] ** 2) / np.mean(rest[part] ** 2))
    print(f"second {second + 1}: echo return loss enhancement {loss:.1f} dB")
found = np.linalg.norm(canceller.net.kernel[:, 0] - line.path) / np.linalg.norm(line.path)
print(f"last second: {echo_loss(line, rest):.1f} dB; the way of the echo is known to {found:.1%}")
