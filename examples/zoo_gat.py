"""A graph attention network on Cora, public split (row B24 of the lectures); Veličković et al. 2018: 83.0 ± 0.7 %, over 100 runs.

    NEURALZOO_DATA=… python examples/zoo_gat.py [runs] [first seed]

As there: features divided by their sum, 8 heads of 8 units, one head for the classes, dropout 0.6 of features and attention, decay
5e-4, Adam at 0.005. Learning ends when neither loss nor accuracy of validation has got better for 100 epochs, and the network of the
last epoch at which both were the best so far is taken.
"""

import sys

import numpy as np

from neuralzoo.callbacks import Callback
from neuralzoo.data import Graph
from neuralzoo.datasets import cora
from neuralzoo.zoo import GraphAttentionNetwork


class BothStopped(Callback):
    """The rule of the paper's programs."""

    def __init__(self, patience):
        self.patience, self.wait = patience, 0
        self.loss, self.accuracy, self.best = np.inf, 0.0, None

    def on_epoch_end(self, epoch, logs=None):
        better = logs["val_loss"] <= self.loss, logs["val_accuracy"] >= self.accuracy
        if all(better):
            self.best = self.model.net
        self.wait = 0 if any(better) else self.wait + 1
        self.loss, self.accuracy = min(self.loss, logs["val_loss"]), max(self.accuracy, logs["val_accuracy"])
        self.model.stop_training = self.wait == self.patience

    def on_train_end(self, logs=None):
        self.model.net = self.best


runs, first = (int(sys.argv[i]) if len(sys.argv) > i else usual for i, usual in ((1, 2), (2, 0)))
held = cora.load_data()
graph, y = Graph(held["edges"], held["x"]).undirected().row_normalized(), held["y"]
train, validation, test = (np.isin(np.arange(graph.nodes), held[name]) for name in ("train_idx", "val_idx", "test_idx"))

reached, epochs = [], []
for seed in range(first, first + runs):
    net = GraphAttentionNetwork(seed=seed)
    told = {"validation_data": (graph, y, validation), "callbacks": [BothStopped(100)]}
    history = net.fit(graph, y, sample_weight=train, epochs=100_000, verbose=0, **told)
    reached.append(net.evaluate(graph, y, sample_weight=test, return_dict=True)["accuracy"])
    epochs.append(len(history.epoch))
    print(f"seed {seed}: {100 * reached[-1]:.1f} % after {epochs[-1]} epochs", flush=True)

print(f"Test accuracy over {runs} runs: mean {100 * np.mean(reached):.2f} %, sd {100 * np.std(reached, ddof=1 if runs > 1 else 0):.2f} %")
print(f"from {100 * min(reached):.1f} to {100 * max(reached):.1f} %, after {np.mean(epochs):.0f} epochs on average")
