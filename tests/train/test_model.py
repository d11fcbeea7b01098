"""The shell keeps Keras's promises, and its own."""

import copy
import pickle

import numpy as np
import pytest

from neuralzoo.callbacks import Callback, EarlyStopping
from neuralzoo.core.errors import ArgumentError, NeuralzooError, NotReadyError, ShapeError
from neuralzoo.core.record import part
from neuralzoo.layers import BatchNormalization, Chain, Dense, Dropout, Embedding, Flatten, Input, Layer, Parallel, Rescaling
from neuralzoo.models import Model, Sequential
from neuralzoo.optimizers import RMSprop
from neuralzoo.utils import set_random_seed, to_categorical

RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 4)).astype(np.float32)
LABELS = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0.5)
Y = to_categorical(LABELS, 3)


def classifier(metrics=("accuracy",), loss="categorical_crossentropy", seed=0) -> Sequential:
    model = Sequential(seed=seed)
    model.add(Dense(8, activation="relu", input_shape=(4,)))
    model.add(Dropout(0.1))
    model.add(Dense(3, activation="softmax"))
    model.compile(loss=loss, optimizer=RMSprop(), metrics=list(metrics))
    return model


def test_an_input_layer_takes_the_type_of_the_layer_after_it():
    model = Sequential([Input((5,)), Embedding(7, 3)])
    assert model.predict(np.arange(10).reshape(2, 5) % 7).shape == (2, 5, 3)
    assert Sequential([Input((5,), dtype="int32"), Rescaling(0.5)]).input.dtype == "int32"


def test_a_batch_shape_declares_the_shape_of_an_example():
    assert Sequential([Input(batch_shape=(32, 4)), Dense(2)]).count_params() == 10
    with pytest.raises(ArgumentError, match="batch_shape"):
        Input((4,), batch_shape=(32, 4))


def test_the_lectures_listing_runs_line_by_line(capsys):
    batch_size, epochs, num_classes = 32, 2, 3
    model = Sequential()
    model.add(Dense(16, activation="relu", input_shape=(4,)))
    model.add(Dropout(0.2))
    model.add(Dense(16, activation="relu"))
    model.add(Dropout(0.2))
    model.add(Dense(num_classes, activation="softmax"))
    model.summary()
    model.compile(loss="categorical_crossentropy", optimizer=RMSprop(), metrics=["accuracy"])
    history = model.fit(X, Y, batch_size=batch_size, epochs=epochs, verbose=1, validation_data=(X, Y))
    score = model.evaluate(X, Y, verbose=0)
    assert sorted(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert history.history["val_loss"][-1] == pytest.approx(score[0], rel=1e-5)
    assert history.history["val_accuracy"][-1] == pytest.approx(score[1])
    assert "dense_2" in capsys.readouterr().out


def test_a_classifier_learns():
    model = classifier()
    before, after = model.evaluate(X, Y, verbose=0), (model.fit(X, Y, epochs=400, verbose=0), model.evaluate(X, Y, verbose=0))[1]
    assert after[0] < before[0] / 2 and after[1] > 0.8


def test_epochs_is_the_last_index_and_history_says_which():
    model = classifier()
    model.fit(X, Y, epochs=2, verbose=0)
    history = model.fit(X, Y, epochs=5, initial_epoch=2, verbose=0)
    assert history.epoch == [2, 3, 4] and len(history.history["loss"]) == 3
    assert model.history is history


def test_validation_split_takes_the_last_rows_before_shuffling():
    split, given = classifier(), classifier()
    split.fit(X, Y, epochs=2, validation_split=0.2, verbose=0)
    given.fit(X[:72], Y[:72], epochs=2, validation_data=(X[72:], Y[72:]), verbose=0)
    assert split.history.history == given.history.history


def test_metrics_ignore_sample_weights_and_the_loss_does_not():
    weight = np.zeros(90, np.float32)
    plain, weighted = classifier(), classifier()
    plain.fit(X, Y, epochs=1, verbose=0, batch_size=90)
    weighted.fit(X, Y, epochs=1, verbose=0, batch_size=90, sample_weight=weight)
    assert weighted.history.history["loss"] == [0.0]
    assert weighted.history.history["accuracy"] == plain.history.history["accuracy"]


def test_class_weight_is_a_weight_of_each_row():
    classes, rows = classifier(), classifier()
    table = {0: 1.0, 1: 2.0, 2: 0.5}
    classes.fit(X, Y, epochs=2, class_weight=table, verbose=0)
    rows.fit(X, Y, epochs=2, sample_weight=[table[int(k)] for k in LABELS], verbose=0)
    assert classes.net == rows.net


def test_a_missing_class_weight_is_named():
    with pytest.raises(ArgumentError, match="class 2"):
        classifier().fit(X, Y, class_weight={0: 1.0, 1: 1.0}, verbose=0)


def test_validation_is_without_dropout():
    model = Sequential([Dropout(0.9, input_shape=(4,)), Dense(1)])
    model.compile("sgd", "mse")
    assert model.evaluate(X, X[:, :1], verbose=0) == model.evaluate(X, X[:, :1], verbose=0)


def test_batch_normalization_learns_its_statistics_in_fit_only():
    model = Sequential([BatchNormalization(input_shape=(4,)), Dense(1)])
    model.compile("sgd", "mse")
    shifted = X + 5
    model.evaluate(shifted, X[:, :1], verbose=0)
    model.predict(shifted)
    assert np.array_equal(model.net.layers[0].moving_mean, np.zeros(4))
    model.fit(shifted, X[:, :1], epochs=200, verbose=0)
    np.testing.assert_allclose(model.net.layers[0].moving_mean, shifted.mean(0), atol=0.2)


def test_predict_agrees_with_the_network_for_any_number_of_rows():
    model = classifier()
    for rows in (1, 5, 64, 90):
        np.testing.assert_allclose(model.predict(X[:rows]), model(X[:rows]), rtol=1e-5)


def test_one_output_per_example_may_be_given_without_its_axis():
    model = Sequential([Dense(1, input_shape=(4,))])
    model.compile("sgd", "mse")
    model.fit(X, X[:, 0], epochs=1, verbose=0)
    column = Sequential([Dense(1, input_shape=(4,))])
    column.compile("sgd", "mse")
    column.fit(X, X[:, :1], epochs=1, verbose=0)
    assert model.net == column.net


def test_the_shape_is_inferred_from_the_first_data():
    model = Sequential([Flatten(), Dense(3, activation="softmax")])
    assert not model.built
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(X.reshape(90, 2, 2), LABELS, epochs=1, verbose=0)
    assert model.count_params() == 15


def test_input_may_be_a_layer_or_an_argument():
    assert Sequential([Input((4,)), Dense(2)]).count_params() == Sequential([Dense(2, input_shape=(4,))]).count_params() == 10


def test_appending_a_layer_leaves_earlier_weights_as_they_were():
    model = Sequential([Dense(3, input_shape=(4,))])
    before = model.get_weights()
    model.add(Dense(2))
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights()[:2], strict=True))
    whole = Sequential([Dense(3, input_shape=(4,)), Dense(2)])
    assert whole.net == model.net


def test_weights_go_out_and_in_again():
    one, two = classifier(), classifier(seed=9)
    two.set_weights(one.get_weights())
    np.testing.assert_array_equal(one.predict(X), two.predict(X))
    with pytest.raises(ShapeError, match="shapes"):
        two.set_weights(one.get_weights()[:-1])


def test_the_learning_rate_can_be_changed_while_training():
    class Halve(Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.learning_rate = self.model.learning_rate / 2

    model = classifier()
    model.fit(X, Y, epochs=3, callbacks=[Halve()], verbose=0)
    assert model.learning_rate == pytest.approx(0.001 / 8)


def test_a_rate_of_zero_changes_nothing():
    model = classifier()
    before = model.net
    model.learning_rate = 0.0
    model.fit(X, Y, epochs=1, verbose=0)
    assert model.net == before


def test_stop_training_stops_after_the_epoch():
    class Stop(Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = epoch == 1

    assert classifier().fit(X, Y, epochs=9, callbacks=[Stop()], verbose=0).epoch == [0, 1]


def test_a_batch_hook_may_change_the_rate_and_stop_at_once():
    class Rein(Callback):
        def on_train_batch_end(self, batch, logs=None):
            told.append(self.model.learning_rate)
            self.model.learning_rate = 0.0
            self.model.stop_training = batch == 1

    told = []
    model, reference = classifier(), classifier()
    history = model.fit(X, Y, epochs=4, callbacks=[Rein()], verbose=0)
    reference.train_on_batch(*(part[np.random.default_rng((0, 0)).permutation(90)[:32]] for part in (X, Y)))
    assert told == [pytest.approx(0.001), 0.0]
    assert history.epoch == [0]
    for a, b in zip(model.get_weights(), reference.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_early_stopping_leaves_the_best_weights():
    model = classifier()
    model.fit(X, Y, validation_data=(X, Y), epochs=30, callbacks=[EarlyStopping(patience=2)], verbose=0)
    best = min(model.history.history["val_loss"])
    assert model.evaluate(X, Y, verbose=0)[0] == pytest.approx(best, rel=1e-5)


def test_ctrl_c_keeps_what_was_learned():
    class Interrupt(Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    model, reference = classifier(), classifier()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, epochs=9, callbacks=[Interrupt()], verbose=0)
    reference.fit(X, Y, epochs=2, verbose=0)
    assert model.net == reference.net


def test_hooks_come_in_keras_order():
    told = []

    class Log(Callback):
        def on_train_begin(self, logs=None):
            told.append("train")

        def on_epoch_begin(self, epoch, logs=None):
            told.append(f"epoch {epoch}")

        def on_train_batch_begin(self, batch, logs=None):
            told.append(f"batch {batch}")

        def on_train_batch_end(self, batch, logs=None):
            told.append(f"end {batch} {'loss' in logs}")

        def on_epoch_end(self, epoch, logs=None):
            told.append(f"done {epoch}")

        def on_train_end(self, logs=None):
            told.append("over")

    classifier().fit(X, Y, batch_size=45, epochs=1, callbacks=[Log()], verbose=0)
    assert told == ["train", "epoch 0", "batch 0", "end 0 True", "batch 1", "end 1 True", "done 0", "over"]


def test_train_on_batch_is_one_step():
    one, two = classifier(), classifier()
    one.train_on_batch(X, Y)
    two.fit(X, Y, batch_size=90, epochs=1, shuffle=False, verbose=0)
    for a, b in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    assert len(one.test_on_batch(X, Y)) == 2


def test_several_inputs_are_a_tuple_or_a_dictionary():
    class Sum(Layer):
        def __call__(self, x):
            return x["left"] + x["right"]

    model = Model(Chain([Sum(), Dense(1)]))
    model.compile("sgd", "mse")
    model.fit({"left": X, "right": X}, X[:, 0], epochs=1, verbose=0)
    assert model.predict({"left": X, "right": X}).shape == (90, 1)


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (lambda m: m.compile("rmsprob", "mse"), "rmsprop"),
        (lambda m: m.compile("adam", "mean_square_error"), "mean_squared_error"),
        (lambda m: m.compile("adam", "mse", ["acuracy"]), "accuracy"),
        (lambda m: m.compile("adam"), "loss"),
        (lambda m: m.fit(X, Y, batch_size=-1), "batch_size"),
        (lambda m: m.fit(X, Y, validation_split=1.5), "validation_split"),
        (lambda m: m.fit(X[:0], Y[:0]), "no rows"),
        (lambda m: m.fit(X, LABELS, verbose=0), "sparse_categorical_crossentropy"),
        (lambda m: m.fit(X[:, :3], Y, verbose=0), "layer 1 of 3"),
        (lambda m: m.predict(X[:, :3]), "4 features"),
        (lambda m: m.get_layer("dens"), "dense"),
        (lambda m: m.add("dense"), "not a layer"),
    ],
)
def test_mistakes_get_a_clear_error(action, message):
    with pytest.raises(NeuralzooError, match=message):
        action(classifier())


@pytest.mark.parametrize("bad", [-1, 3])
def test_labels_out_of_range_are_named(bad):
    labels = LABELS.copy()
    labels[7] = bad
    model = classifier(loss="sparse_categorical_crossentropy")
    with pytest.raises(NeuralzooError, match=rf"{bad}.*"):
        model.fit(X, labels, epochs=1, verbose=0)


def test_an_uncompiled_or_unbuilt_model_says_what_to_do():
    with pytest.raises(NotReadyError, match="compile"):
        Sequential([Dense(1, input_shape=(4,))]).fit(X, X[:, 0], verbose=0)
    with pytest.raises(NotReadyError, match="input_shape"):
        Sequential([Dense(1)]).count_params()


def test_an_unknown_word_for_an_embedding_is_not_another_words_vector():
    model = Sequential([Embedding(5, 2, input_shape=(3,))])
    assert np.isnan(model.predict(np.array([[0, 1, 9]], np.int32))).any()


def test_a_layer_that_would_train_silently_wrong_is_refused():
    class Twice(Layer):
        inner: Layer = part()

        def __call__(self, x):
            return self.inner(self.inner(x))

    with pytest.raises(ArgumentError, match="forward"):
        Sequential([Twice(Dropout(0.5), input_shape=(4,))])


def test_set_random_seed_is_the_seed_of_models_without_one():
    set_random_seed(7)
    try:
        assert Sequential([Dense(3, input_shape=(4,))]).net == Sequential([Dense(3, input_shape=(4,))], seed=7).net
    finally:
        set_random_seed(0)


def test_parallel_branches_train():
    model = Sequential([Parallel([Dense(3, activation="tanh"), Dense(2)], input_shape=(4,)), Dense(1)])
    model.compile("adam", "mse")
    losses = model.fit(X, X[:, 0], epochs=20, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("again", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_model_that_has_predicted_can_be_copied_and_pickled(again):
    model, x = Sequential([Dense(2, input_shape=(3,))]), np.ones((1, 3), np.float32)
    y = model.predict(x)
    np.testing.assert_array_equal(again(model).predict(x), y)


def test_a_shape_builds_as_in_keras():
    model = Sequential([Dense(3), Dense(2)])
    model.build((None, 4))
    assert [w.shape for w in model.get_weights()] == [(4, 3), (3,), (3, 2), (2,)]
