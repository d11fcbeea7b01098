"""A graph convolutional network on Cora, public split (row B24 of the lectures); Kipf and Welling 2017: 81.5 %, the mean of 100 runs.

    NEURALZOO_DATA=… python examples/zoo_gcn.py [runs] [picture]

As there: features divided by their sum, 16 hidden units, dropout 0.5, decay 5e-4 of the first layer's weights, Adam at 0.01, at most
200 epochs, ended when the validation loss is above its mean over the 10 epochs before. Only the first weights and the dropout differ
from run to run. With a picture's name, what the last network makes of the papers is drawn, laid out by t-SNE.
"""

import sys

import numpy as np

from neuralzoo.callbacks import StopAboveMean
from neuralzoo.data import Graph
from neuralzoo.datasets import cora
from neuralzoo.zoo import GraphConvolutionalNetwork

runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10
held = cora.load_data()
graph, y = Graph(held["edges"], held["x"]).undirected().row_normalized(), held["y"]
train, validation, test = (np.isin(np.arange(graph.nodes), held[name]) for name in ("train_idx", "val_idx", "test_idx"))

reached, epochs = [], []
for seed in range(runs):
    net = GraphConvolutionalNetwork(seed=seed)
    told = {"validation_data": (graph, y, validation), "callbacks": [StopAboveMean(window=10)]}
    history = net.fit(graph, y, sample_weight=train, verbose=0, **told)
    reached.append(net.evaluate(graph, y, sample_weight=test, return_dict=True)["accuracy"])
    epochs.append(len(history.epoch))

print(f"Test accuracy over {runs} runs: mean {100 * np.mean(reached):.2f} %, sd {100 * np.std(reached, ddof=1 if runs > 1 else 0):.2f} %")
print(f"from {100 * min(reached):.1f} to {100 * max(reached):.1f} %, after {np.mean(epochs):.0f} epochs on average")

if len(sys.argv) > 2:
    from sklearn.manifold import TSNE

    from neuralzoo.inspect.graph_plots import embedding

    embedding(TSNE(random_state=0).fit_transform(net.transform(graph)), y).savefig(sys.argv[2])
