"""A saved model is the model: it predicts the same bits, goes on training to the same bits, and loses nothing silently."""

import os

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from neuralzoo import architectures
from neuralzoo.core.errors import ArgumentError, FormatError, NotReadyError, ShapeError
from neuralzoo.io import functions, write
from neuralzoo.layers import LSTM, BatchNormalization, Chain, Dense, Dropout, Parallel, Residual
from neuralzoo.learn.losses import Huber, Loss, mean_squared_error
from neuralzoo.learn.optimizers import SGD, Adam, OptaxOptimizer, Optimizer, optimizers
from neuralzoo.learn.perceptron import PerceptronRule
from neuralzoo.learn.schedules import CosineDecay, ExponentialDecay
from neuralzoo.train import program
from neuralzoo.train.model import Model
from neuralzoo.train.saving import load, load_extra, load_weights, save_model, save_weights, shells
from neuralzoo.train.sequential import Sequential

X = np.random.default_rng(0).normal(size=(70, 4)).astype(np.float32)
Y = np.eye(3, dtype=np.float32)[np.abs(X[:, :3]).argmax(axis=1)]


def mlp(seed=3, units=8):
    layers = [Dense(units, activation="tanh", input_shape=(4,)), BatchNormalization(), Dropout(0.3), Residual([Dense(units)])]
    return Sequential([*layers, Dense(3, activation="softmax", name="out")], name="mlp", seed=seed)


def compiled(optimizer="adam", loss="categorical_crossentropy"):
    model = mlp()
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.nz"


def same_bits(a, b):
    return jax.tree.structure(a) == jax.tree.structure(b) and all(
        x.dtype == y.dtype and np.asarray(x).tobytes() == np.asarray(y).tobytes()
        for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True)
    )


# -- exact resume ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def compiled_as_deployed(monkeypatch):
    """Programs as users have them: the suite compiles without optimisation, which rounds otherwise from one program to the next."""
    usual = {"xla_backend_optimization_level": 3}
    if "fusion_emitters" in os.environ["XLA_FLAGS"]:
        usual["xla_cpu_use_fusion_emitters"] = True
    monkeypatch.setattr(program, "CPU_OPTIONS", program.CPU_OPTIONS | usual)
    for made in (program._options, program._learn):
        made.cache_clear()
    yield
    for made in (program._options, program._learn):
        made.cache_clear()


@pytest.mark.usefixtures("compiled_as_deployed")
@pytest.mark.parametrize("optimizer", [Adam(0.01), SGD(CosineDecay(0.1, 20), momentum=0.9, clipnorm=1.0)], ids=["adam", "sgd schedule"])
def test_four_epochs_equal_two_then_a_file_then_two_bit_for_bit(optimizer, path):
    straight, halves = compiled(optimizer), compiled(optimizer)
    straight.fit(X, Y, batch_size=16, epochs=4, verbose=0)
    halves.fit(X, Y, batch_size=16, epochs=2, verbose=0)
    halves.save(path)
    resumed = load(path)
    resumed.fit(X, Y, batch_size=16, epochs=4, initial_epoch=2, verbose=0)
    assert same_bits((resumed.net, resumed.memo), (straight.net, straight.memo))
    assert resumed.count == straight.count == 20
    assert resumed.history.history["loss"] == straight.history.history["loss"][2:]


def test_a_rate_that_was_changed_while_training_stays_changed(path):
    model = compiled()
    model.learning_rate = 0.25
    model.save(path)
    assert load(path).learning_rate == 0.25


RULES = sorted({kind.__name__: kind for kind in optimizers.values()}.items())


@pytest.mark.parametrize("kind", [kind for _, kind in RULES if kind is not OptaxOptimizer], ids=lambda kind: kind.__name__)
def test_the_state_of_every_optimizer_comes_back(kind, path):
    model = compiled(kind(ExponentialDecay(0.1, 10, 0.9)))
    leaves, tree = jax.tree.flatten(model.learner.init(model.net))
    model.memo = jax.tree.unflatten(tree, [a + i for i, a in enumerate(leaves)])
    model.save(path)
    back = load(path)
    assert back.learner == model.learner
    assert same_bits(back.memo, model.memo)


# -- everything comes back ------------------------------------------------------------------------------------------------


def test_a_model_comes_back_with_all_it_had(path):
    model = compiled()
    model.fit(X, Y, epochs=2, validation_split=0.2, verbose=0)
    model.save(path)
    back = load(path)
    assert type(back) is Sequential
    assert (back.name, back.seed, back.count, back.input) == ("mlp", 3, model.count, model.input)
    assert back.history.history == model.history.history
    assert back.history.epoch == [0, 1]
    assert back.names() == model.names()
    assert same_bits(back.net, model.net)
    np.testing.assert_array_equal(back.predict(X), model.predict(X))
    assert back.evaluate(X, Y, verbose=0) == model.evaluate(X, Y, verbose=0)


def test_a_loaded_sequential_can_still_grow(path):
    mlp().save(path)
    back = load(path)
    back.add(Dense(2))
    assert back.predict(X).shape == (70, 2)


def test_a_model_of_one_layer_comes_back_as_a_model(path):
    model = Model(Parallel([Dense(2), Chain()]), seed=1)
    model.build({"a": jnp.ones((1, 4))}["a"])
    model.save(path)
    back = load(path)
    assert type(back) is Model
    np.testing.assert_array_equal(back.predict(X), model.predict(X))


def test_a_model_that_was_never_built_or_compiled_comes_back_so(path):
    Sequential([Dense(2)]).save(path)
    back = load(path)
    assert (back.built, back.learner, back.memo) == (False, None, None)
    assert back.predict(X).shape == (70, 2)


def test_a_model_with_another_learning_rule_comes_back(path):
    model = Sequential([Dense(1, activation="step", input_shape=(4,))])
    model.compile(learner=PerceptronRule(0.5))
    model.fit(X, Y[:, :1], epochs=1, verbose=0)
    model.save(path)
    back = load(path)
    assert back.learner == PerceptronRule(0.5)
    model.fit(X, Y[:, :1], epochs=2, initial_epoch=1, verbose=0)
    back.fit(X, Y[:, :1], epochs=2, initial_epoch=1, verbose=0)
    assert same_bits(back.net, model.net)


def test_a_subclass_comes_back_where_it_is_registered(path, monkeypatch):
    class Own(Model):
        pass

    with pytest.raises(ArgumentError, match=r"shells\.register"):
        save_model(Own(Dense(1)), path)
    monkeypatch.setitem(shells, "Own", Own)
    save_model(Own(Dense(1)), path)
    assert type(load(path)) is Own
    monkeypatch.delitem(shells, "Own")
    with pytest.raises(FormatError, match=r"(?s)the model is a Own.*shells\.register"):
        load(path)


def test_extra_content_comes_back_and_a_folder_stands_for_its_model(path):
    extra = {"columns": ["age", "sex"], "means": np.ones(2), "note": None}
    save_model(mlp(), path, extra=extra)
    assert load(path.parent).name == "mlp"
    back = load_extra(path.parent)
    assert list(back) == list(extra)
    np.testing.assert_array_equal(back.pop("means"), extra.pop("means"))
    assert back == extra


# -- nothing is lost silently -----------------------------------------------------------------------------------------------

STRANGE = {
    "loss": lambda: compiled(loss=lambda y, p: jnp.mean((y - p) ** 2, axis=-1)),
    "optax": lambda: compiled(optax.adam(0.1)),
    "schedule": lambda: compiled(SGD(lambda step: 0.1 / (1 + step))),
}


@pytest.mark.parametrize("sort", STRANGE)
def test_a_learner_that_cannot_be_saved_is_refused_and_may_be_left_out(sort, path):
    model = STRANGE[sort]()
    with pytest.raises(ArgumentError, match=r"(?s)where:  learner\..*include_optimizer=False"):
        save_model(model, path)
    assert not path.exists()
    save_model(model, path, include_optimizer=False)
    back = load(path)
    assert same_bits(back.net, model.net)
    assert back.learner is None


def test_a_loss_function_with_a_name_is_saved(path, monkeypatch):
    def own(y, p):
        return jnp.mean(jnp.abs(y - p), axis=-1)

    monkeypatch.setitem(functions, "own", own)
    for loss in (own, mean_squared_error, Huber(2.0)):
        model = compiled(loss=loss)
        model.save(path)
        assert load(path).learner == model.learner


def test_a_learner_that_is_not_known_here_may_be_left_out(path, monkeypatch):
    class Own(Loss):
        def values(self, y_true, y_pred):
            return jnp.mean(jnp.abs(y_true - y_pred), axis=-1)

    compiled(loss=Own()).save(path)
    monkeypatch.delitem(Own.kinds, "loss:Own")
    with pytest.raises(FormatError, match=r"(?s)loss of the class Own.*import or define"):
        load(path)
    assert load(path, compile=False).learner is None


def test_optimizer_state_of_another_shape_is_refused(path, monkeypatch):
    model = compiled()
    model.fit(X, Y, epochs=1, verbose=0)
    model.save(path)
    monkeypatch.setattr(Adam, "rule", lambda self: optax.trace(0.9))
    with pytest.raises(FormatError, match=r"(?s)the state of Gradient does not fit.*compile=False"):
        load(path)


def test_a_file_is_not_replaced_where_that_is_forbidden(path):
    mlp().save(path)
    with pytest.raises(ArgumentError, match="overwrite=True"):
        mlp().save(path, overwrite=False)


@pytest.mark.parametrize("content", [{}, {"kind": "model"}, {"kind": ["model"]}, {"kind": "model", "class": "Sequential", "net": Huber()}])
def test_a_file_of_something_else_is_refused(content, path):
    write(path, content)
    with pytest.raises(FormatError, match=r"model\.nz"):
        load(path)


# -- weights --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("save", [save_weights, save_model])
def test_weights_move_into_a_model_of_the_same_layers(save, path):
    source, target = mlp(seed=1), mlp(seed=2)
    save(source, path)
    load_weights(target, path)
    np.testing.assert_array_equal(target.predict(X), source.predict(X))
    assert target.seed == 2


def chain(*layers):
    return Sequential([*layers], seed=0)


DIFFERENT = {
    "a shape": (chain(Dense(5, input_shape=(4,)), Dense(3)), r"kernel of the layer 'dense' is float32\(4, 5\) in the model.*\(4, 8\)"),
    "a layer less": (chain(Dense(8, input_shape=(4,))), r"the file has a layer 'out' .* more than the model"),
    "a layer more": (chain(Dense(8, input_shape=(4,)), Dense(3, name="out"), Dense(1)), "the model has a layer 'dense_1'"),
    "a name": (chain(Dense(8, input_shape=(4,)), Dense(3)), "the model's layer 'dense_1' is 'out' in the file"),
    "an array": (chain(Dense(8, use_bias=False, input_shape=(4,)), Dense(3)), "bias of the layer 'dense' is missing in the model"),
}


@pytest.mark.parametrize("sort", DIFFERENT)
def test_the_first_layer_that_differs_is_named_and_the_model_stays(sort, path):
    save_weights(chain(Dense(8, input_shape=(4,)), Dropout(0.1), Dense(3, name="out")), path)
    model, message = DIFFERENT[sort]
    before = model.net
    with pytest.raises(ShapeError, match=message):
        model.load_weights(path)
    assert model.net is before


def test_weights_alone_are_no_model(path):
    mlp().save_weights(path)
    with pytest.raises(FormatError, match=r"(?s)holds weights, not a model.*load_weights"):
        load(path)


def test_a_model_without_weights_can_neither_save_nor_load_them(path):
    for act in (save_weights, load_weights):
        with pytest.raises(NotReadyError, match="input_shape"):
            act(Sequential([Dense(1)]), path)


def test_every_optimizer_is_in_the_table():
    abstract = {Optimizer, OptaxOptimizer}
    known = {kind for tag, kind in Optimizer.kinds.items() if tag.startswith("optimizer:") and kind.__module__.startswith("neuralzoo")}
    assert {kind for _, kind in RULES} | abstract == known


def test_weights_go_between_networks_that_remember_and_those_that_do_not(tmp_path):
    x = np.random.default_rng(0).normal(size=(8, 5, 3)).astype(np.float32)
    stateful = Sequential([LSTM(4, stateful=True), Dense(1)])
    stateful.compile("adam", "mse")
    stateful.fit(x, x[:, 0, :1], batch_size=4, shuffle=False)
    stateful.save_weights(tmp_path / "w.nz")
    fresh = Sequential([LSTM(4, input_shape=(5, 3)), Dense(1)], seed=1)
    fresh.load_weights(tmp_path / "w.nz")
    for a, b in zip(fresh.get_weights(), stateful.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert stateful.count_params() == fresh.count_params() == 4 * 4 * (3 + 4 + 1) + 5
    before = stateful.net.layers[0].memory
    stateful.set_weights(fresh.get_weights())
    assert stateful.net.layers[0].memory is before or np.array_equal(stateful.net.layers[0].memory[0], before[0])
    stateful.reset_states()
    np.testing.assert_allclose(stateful.predict(x[:4], batch_size=4), fresh.predict(x[:4]), rtol=1e-5)


def test_weights_load_into_an_architecture_that_was_never_used(tmp_path):
    first, second = (architectures.lenet5(edition="small", seed=seed) for seed in (0, 1))
    first.save_weights(tmp_path / "w.nz")
    second.load_weights(tmp_path / "w.nz")
    np.testing.assert_array_equal(first.get_weights()[0], second.get_weights()[0])
