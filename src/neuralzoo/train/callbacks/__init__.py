"""One file for each kind of callback; the public list of them is `neuralzoo.callbacks`."""
