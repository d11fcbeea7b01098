"""Huang's rows of sin(x) / x with 20 random units: RMSE against the truth over 20 seeds. Huang and others (2006) had 0.0097.

5,000 rows to learn from with noise of ±0.2 in the targets, 5,000 without noise to test on, as in their paper.
"""

import numpy as np

from neuralzoo.zoo import ExtremeLearningMachine
from neuralzoo.zoo.extreme_learning import sinc_rows

errors = []
for seed in range(20):
    (x, y), (x_test, y_test) = sinc_rows(seed=seed)
    machine = ExtremeLearningMachine(20, seed=seed)
    machine.fit(x, y, verbose=0)
    errors.append(np.sqrt(np.mean((machine.predict(x_test) - y_test) ** 2)))
print(f"test RMSE over 20 seeds: mean {np.mean(errors):.4f}, sd {np.std(errors, ddof=1):.4f}, worst {max(errors):.4f}")
