"""Files of earlier versions load, predict what they predicted, and go on training."""

import json
from pathlib import Path

import numpy as np
import pytest

from neuralzoo.train.saving import load, load_extra

FOLDER = Path(__file__).parent


@pytest.fixture
def expected():
    return json.loads((FOLDER / "v1_mlp.json").read_text())


def test_a_model_of_format_1_predicts_what_it_predicted(expected):
    model = load(FOLDER / "v1_mlp.nz")
    np.testing.assert_allclose(model.predict(np.array(expected["x"], np.float32)), expected["predictions"], atol=1e-6)
    assert (model.name, model.seed, model.count) == ("golden", expected["seed"], expected["steps"])
    assert model.names() == ["dense", "batch_normalization", "dropout", "jump", "dense_1"]
    assert model.history.history["loss"] == expected["loss"]
    assert load_extra(FOLDER / "v1_mlp.nz") == {"classes": ["a", "b", "c"]}


def test_a_model_of_format_1_has_its_learner_and_goes_on_learning(expected):
    model, data = load(FOLDER / "v1_mlp.nz"), expected["evaluated"]
    x, y = np.array(data["x"], np.float32), np.array(data["y"], np.float32)
    readings = model.evaluate(x, y, verbose=0, return_dict=True)
    assert readings["loss"] == pytest.approx(data["loss"], abs=1e-6)
    assert readings["accuracy"] == data["accuracy"]
    assert int(model.memo.count) == expected["steps"]
    history = model.fit(x, y, batch_size=16, epochs=8, initial_epoch=5, verbose=0)
    assert history.history["loss"][-1] < expected["loss"][-1]
