"""The engine: what it computes does not depend on how it cuts the work."""

import jax
import numpy as np
import pytest

from neuralzoo.core.errors import DataError, NotFiniteError, ShapeError
from neuralzoo.layers import Dense, Dropout
from neuralzoo.learn.perceptron import PerceptronRule
from neuralzoo.models import Sequential
from neuralzoo.optimizers import SGD, Adam
from neuralzoo.train import engine as engine_room
from neuralzoo.train.batches import ArraySource, aligned, as_array, steps_in_block
from neuralzoo.train.callbacks.base import Callback

ROWS = 70


def rows(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(seed).normal(size=(ROWS, 3)).astype(np.float32)
    return x, (x[:, :1] * x[:, 1:2]).astype(np.float32)


def model(seed: int = 1, optimizer: object = "adam", dropout: float = 0.2) -> Sequential:
    net = Sequential([Dense(5, activation="tanh", input_shape=(3,)), Dropout(dropout), Dense(1)], seed=seed)
    net.compile(optimizer, "mse", ["mae"])
    return net


class EachBatch(Callback):
    def on_train_batch_end(self, batch, logs=None):
        pass


class EachEpoch(Callback):
    pass


def test_one_seed_gives_the_same_bits():
    first, second, other = model(1), model(1), model(2)
    for one in (first, second, other):
        one.fit(*rows(), epochs=3, batch_size=16, verbose=0)
    assert first.net == second.net
    assert first.net != other.net


@pytest.mark.parametrize("callbacks", [[], [EachEpoch()], [EachBatch()]], ids=["epochs fused", "epoch by epoch", "batch by batch"])
def test_the_length_of_calls_does_not_change_the_result(callbacks):
    reference, cut = model(), model()
    reference.fit(*rows(), epochs=4, batch_size=16, verbose=0, callbacks=[EachEpoch()])
    history = cut.fit(*rows(), epochs=4, batch_size=16, verbose=0, callbacks=callbacks)
    for a, b in zip(jax.tree.leaves(cut.net), jax.tree.leaves(reference.net), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(history.history["loss"], reference.history.history["loss"], rtol=1e-5)


def test_calls_get_shorter_when_steps_are_slow(monkeypatch):
    monkeypatch.setattr(engine_room, "CALL_SECONDS", 1e-9)
    told = []

    class Count(Callback):
        def on_call_end(self, steps, logs):
            told.append(steps)

    slow, quick = model(), model()
    slow.fit(*rows(), epochs=2, batch_size=16, verbose=0, callbacks=[Count()])
    quick.fit(*rows(), epochs=2, batch_size=16, verbose=0, callbacks=[EachEpoch()])
    assert told[-5:] == [1, 2, 3, 4, 5]
    assert slow.net == quick.net


def test_a_step_of_gradient_descent_agrees_with_numpy():
    x, y = rows()
    net = Sequential([Dense(1, input_shape=(3,))])
    net.compile(SGD(0.1), "mse")
    w, b = (np.asarray(a, np.float64) for a in net.get_weights())
    net.fit(x, y, batch_size=ROWS, epochs=1, shuffle=False, verbose=0)
    error = x @ w + b - y
    np.testing.assert_allclose(net.get_weights()[0], w - 0.1 * 2 * x.T @ error / ROWS, rtol=1e-5)
    np.testing.assert_allclose(net.get_weights()[1], b - 0.1 * 2 * error.mean(0), rtol=1e-5)
    np.testing.assert_allclose(net.history.history["loss"][0], (error**2).mean(), rtol=1e-5)


def test_the_last_partial_batch_is_used_with_its_own_mean():
    x, y = rows()
    net = Sequential([Dense(1, input_shape=(3,))])
    net.compile(SGD(0.1), "mse")
    w, b = (np.asarray(a, np.float64) for a in net.get_weights())
    net.fit(x, y, batch_size=40, epochs=1, shuffle=False, verbose=0)
    for part in (slice(0, 40), slice(40, 70)):
        error = x[part] @ w + b - y[part]
        w, b = w - 0.1 * 2 * x[part].T @ error / len(error), b - 0.1 * 2 * error.mean(0)
    np.testing.assert_allclose(net.get_weights()[0], w, rtol=1e-4, atol=1e-6)


def test_each_epoch_sees_every_row_once_in_a_new_order():
    source = ArraySource(np.arange(10)[:, None], None, None, 4, shuffle=True, seed=3)
    (first, valid), (second, _) = source.order(0), source.order(1)
    assert sorted(first[valid == 1].tolist()) == list(range(10))
    assert first.tolist() != second.tolist()
    assert first.tolist() == source.order(0)[0].tolist()


def test_blocks_hold_the_rows_of_their_order():
    x = np.arange(50, dtype=np.float32)[:, None]
    source = ArraySource(x, x[:, 0], None, 8, shuffle=True, seed=0)
    order, valid = source.order(2)
    seen = []
    for block, held in source.blocks(2, 3):
        seen += [np.asarray(block.x)[i, :, 0].copy() for i in range(held)]
    np.testing.assert_array_equal(np.stack(seen), order)
    assert valid.sum() == 50


def test_data_that_live_on_an_accelerator_give_the_same_blocks(monkeypatch):
    x, y = rows()
    host = ArraySource(x, y, None, 16, shuffle=True, seed=0)
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    device = ArraySource(x, y, None, 16, shuffle=True, seed=0)
    assert device.resident and not host.resident
    for (a, held), (b, also) in zip(host.blocks(1, 2), device.blocks(1, 2), strict=True):
        assert held == also
        for one, other in zip(a, b, strict=True):
            np.testing.assert_array_equal(np.asarray(one)[:held], np.asarray(other)[:held])


def test_streams_learn_what_arrays_learn():
    x, y = rows()
    batches = [(x[i : i + 16], y[i : i + 16]) for i in range(0, ROWS, 16)]
    stream, arrays = model(), model()
    stream.fit(Listed(batches), epochs=3, verbose=0)
    arrays.fit(x, y, batch_size=16, epochs=3, shuffle=False, verbose=0)
    for a, b in zip(jax.tree.leaves(stream.net), jax.tree.leaves(arrays.net), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


class Listed:
    """A sequence in Keras's sense."""

    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


def test_a_generator_needs_its_number_of_steps():
    x, y = rows()
    with pytest.raises(DataError, match="steps_per_epoch"):
        model().fit(((x, y) for _ in range(3)), verbose=0)


def test_a_generator_goes_on_where_it_was():
    seen = []

    def endless():
        i = 0
        while True:
            seen.append(i)
            i += 1
            yield rows(i)

    model().fit(endless(), steps_per_epoch=3, epochs=2, verbose=0)
    assert seen[:6] == [0, 1, 2, 3, 4, 5]


def test_a_memory_mapped_file_is_data(tmp_path):
    x, y = rows()
    np.save(tmp_path / "x.npy", x)
    mapped, plain = model(), model()
    mapped.fit(np.load(tmp_path / "x.npy", mmap_mode="r"), y, epochs=2, verbose=0)
    plain.fit(x, y, epochs=2, verbose=0)
    assert mapped.net == plain.net


def test_the_first_nan_names_epoch_batch_and_layer_and_keeps_the_last_good_state():
    x, y = rows()
    net = model(optimizer=SGD(1e20), dropout=0.0)
    with pytest.raises(NotFiniteError) as caught:
        net.fit(x, y, batch_size=16, epochs=5, verbose=0)
    assert "epoch" in caught.value.where and "batch" in caught.value.where
    assert "layer" in caught.value.what or "gradient" in caught.value.what
    assert "learning rate" in caught.value.remedy
    assert all(np.isfinite(w).all() for w in net.get_weights())


def test_a_nan_in_the_data_is_told_from_a_nan_of_training():
    x, y = rows()
    x[50, 1] = np.nan
    with pytest.raises(NotFiniteError, match="x holds a NaN"):
        model().fit(x, y, epochs=1, verbose=0)


def test_rows_that_do_not_match_are_refused():
    x, y = rows()
    with pytest.raises(ShapeError, match="70 rows but y has 69"):
        model().fit(x, y[:-1], verbose=0)


@pytest.mark.parametrize(("data", "message"), [(np.array([["a"]]), "numbers"), ([[1], [1, 2]], "ragged"), (3.0, "single number")])
def test_what_is_not_an_array_of_numbers_is_refused(data, message):
    with pytest.raises((DataError, ShapeError), match=message):
        as_array(data, "x")


def test_aligned_arrays_begin_at_a_cache_line():
    for shape in ((3,), (5, 7), (1000, 3)):
        assert aligned(shape, np.float32).ctypes.data % 64 == 0


def test_blocks_stay_near_their_size():
    spec = jax.ShapeDtypeStruct((128, 784), np.float32)
    assert steps_in_block((spec, None), 469) * spec.size * 4 <= 20 * 2**20
    assert steps_in_block((jax.ShapeDtypeStruct((32, 2), np.float32), None), 5) == 8


def test_the_perceptron_makes_no_more_mistakes_than_its_bound():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 2))
    x = x[np.abs(x @ [1.0, 2.0]) > 0.5].astype(np.float32)
    y = (x @ np.array([1.0, 2.0]) > 0).astype(np.float32)
    net = Sequential([Dense(1, activation="step", use_bias=False, kernel_initializer="zeros", input_shape=(2,))])
    net.compile(learner=PerceptronRule())
    history = net.fit(x, y, epochs=50, batch_size=10, verbose=0).history
    margin = (np.abs(x @ [1.0, 2.0]) / np.sqrt(5)).min()
    bound = (np.linalg.norm(x, axis=1).max() / margin) ** 2
    assert 0 < sum(history["mistakes"]) <= bound
    assert history["accuracy"][-1] == 1.0


def test_training_goes_on_with_the_optimizers_state():
    whole, parts = model(optimizer=Adam(0.01)), model(optimizer=Adam(0.01))
    whole.fit(*rows(), epochs=4, verbose=0)
    parts.fit(*rows(), epochs=2, verbose=0)
    parts.fit(*rows(), epochs=4, initial_epoch=2, verbose=0)
    assert whole.net == parts.net


def test_a_fit_of_other_lengths_compiles_nothing_new():
    from neuralzoo.train import program

    net = model(seed=5)
    net.fit(*rows(), epochs=2, batch_size=16, verbose=0, callbacks=[EachEpoch()])
    before = program._learn()._cache_size()
    other = model(seed=6)
    x, y = rows()
    other.fit(x[:-3], y[:-3], epochs=3, batch_size=16, verbose=0, callbacks=[EachEpoch()])
    assert program._learn()._cache_size() == before
