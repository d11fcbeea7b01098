"""Writes v1_mlp.nz and v1_mlp.json, once: what format 1 looked like when it was fixed. They are never written again.

A later version that cannot read v1_mlp.nz, or predicts something else from it, breaks the files of all users: mend the reader,
or add a migration to `neuralzoo.io.migrations`.
"""

import json
from pathlib import Path

import numpy as np

from neuralzoo.layers import BatchNormalization, Dense, Dropout, Residual
from neuralzoo.learn.optimizers import Adam
from neuralzoo.models import Sequential
from neuralzoo.train.saving import save_model

FOLDER = Path(__file__).parent


def make() -> None:
    """Train a small network and write it with its predictions."""
    model_path, json_path = FOLDER / "v1_mlp.nz", FOLDER / "v1_mlp.json"
    if model_path.exists() or json_path.exists():
        raise SystemExit(f"{model_path} is there already, and is meant to stay")
    x = np.random.default_rng(1).normal(size=(64, 4)).astype(np.float32)
    y = np.eye(3, dtype=np.float32)[x[:, :3].argmax(axis=1)]
    layers = [
        Dense(6, activation="tanh", input_shape=(4,)),
        BatchNormalization(momentum=0.9),
        Dropout(0.25),
        Residual([Dense(6, activation="relu")], name="jump"),
        Dense(3, activation="softmax"),
    ]
    model = Sequential(layers, name="golden", seed=7)
    model.compile(Adam(0.01), "categorical_crossentropy", ["accuracy"])
    model.fit(x, y, batch_size=16, epochs=5, verbose=0)
    save_model(model, model_path, extra={"classes": ["a", "b", "c"]})
    expected = {
        "x": x[:8].tolist(),
        "predictions": model.predict(x[:8]).tolist(),
        "seed": model.seed,
        "steps": model.count,
        "loss": model.history.history["loss"],
        "evaluated": {"x": x.tolist(), "y": y.tolist(), **model.evaluate(x, y, verbose=0, return_dict=True)},
    }
    json_path.write_text(json.dumps(expected) + "\n")


if __name__ == "__main__":
    make()
