"""Text models: they learn, write and price, and what they are measured against."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo.callbacks import Callback
from neuralzoo.core.errors import ArgumentError, DataError, FormatError, NotReadyError
from neuralzoo.data.text import UNKNOWN, open_text, split_text
from neuralzoo.layers.recurrent import remembering
from neuralzoo.text import KneserNey, TextModel
from neuralzoo.text.reading import WARM, price, write

TEXT = "the cat sees a house.\nthe dog hears the rain.\nmy friend finds an old book.\nA dog hears the sea.\n" * 40


@pytest.fixture(scope="module")
def trained():
    model = TextModel("gru", units=24, dropout=0.0)
    model.fit(TEXT, epochs=8, batch=4, steps=25, verbose=0)
    return model


@pytest.fixture(scope="module")
def blank():
    """A model for which every character is as likely as any other."""
    model = TextModel("rnn", units=4)
    model.build(TEXT)
    model.model.net = jax.tree.map(lambda a: 0 * a, model.model.net)
    return model


@pytest.mark.parametrize("net", ["lstm", "gru", "rnn"])
def test_every_net_learns(net):
    model = TextModel(net, units=16, layers=2, dropout=0.1)
    history = model.fit(TEXT, epochs=3, batch=4, steps=25, verbose=0).history
    assert history["val_nats"][-1] < 0.75 * math.log(len(model.vocabulary))
    assert history["bits"] == pytest.approx([nats / math.log(2) for nats in history["nats"]])


def test_a_model_that_knows_nothing_costs_the_logarithm_of_the_characters(blank):
    assert blank.nats(TEXT) == pytest.approx(math.log(len(blank.vocabulary)), rel=1e-5)
    assert blank.bits("the cat") == pytest.approx(math.log2(len(blank.vocabulary)), rel=1e-5)


def test_pricing_in_pieces_and_places_is_pricing_in_one(trained):
    text = TEXT[: 8 * WARM * 2 + 500]  # long enough to be read in two places
    codes = trained.vocabulary.encode(text)
    logits = np.asarray(trained.model(codes[None, :-1])[0], np.float64)
    right = logits[np.arange(len(codes) - 1), codes[1:]]
    expected = np.mean(np.log(np.exp(logits).sum(-1)) - right)
    assert trained.nats(text) == pytest.approx(expected, rel=1e-3)  # what is more than WARM characters back is forgotten
    assert trained.nats(text[:300]) == pytest.approx(np.mean((np.log(np.exp(logits).sum(-1)) - right)[:299]), rel=1e-5)


def test_writing_is_advancing_one_character_at_a_time(trained):
    net, prompt = remembering(trained.model.net, 1), trained.vocabulary.encode("the dog")
    y, net = net.advance(jnp.asarray(prompt[None]))
    greedy = []
    for _ in range(30):
        greedy.append(int(np.argmax(y[0, -1])))
        y, net = net.advance(jnp.array([[greedy[-1]]], jnp.int32))
    assert trained.sample("the dog", 30, temperature=0) == trained.vocabulary.decode(greedy)


def test_cold_sampling_is_the_likeliest_and_so_is_the_top_one(trained):
    likeliest = trained.sample("a", 50, temperature=0)
    assert trained.sample("a", 50, temperature=1e-4, seed=3) == likeliest
    assert trained.sample("a", 50, temperature=5.0, top_k=1, seed=4) == likeliest


def test_seeds_repeat_and_longer_texts_begin_with_shorter_ones(trained):
    long = trained.sample("the", 300, temperature=1.5, seed=1)
    assert trained.sample("the", 300, temperature=1.5, seed=1) == long
    assert trained.sample("the", 40, temperature=1.5, seed=1) == long[:40]
    assert trained.sample("the", 300, temperature=1.5, seed=2) != long
    assert len(long) == 300 and set(long) <= set(trained.vocabulary.characters)


def test_characters_are_drawn_as_often_as_they_are_likely(blank):
    codes = blank.vocabulary.encode(blank.sample("", 20_000, temperature=1.0))
    counts = np.bincount(codes, minlength=len(blank.vocabulary))
    expected = 20_000 / len(counts)
    assert np.sum((counts - expected) ** 2 / expected) < 3 * len(counts)  # chi-squared, mean len(counts) − 1


def test_only_the_top_k_are_drawn(trained):
    key, allowed = jax.random.key(0), np.ones(len(trained.vocabulary), bool)
    prompt = trained.vocabulary.encode("the ")
    first = {int(write(trained.model.net, prompt, 1, 50.0, jax.random.fold_in(key, i), allowed, 3)[0]) for i in range(40)}
    logits = np.asarray(trained.model(prompt[None]))[0, -1]
    assert first == set(np.argsort(-logits)[:3].tolist())


def test_the_sign_for_rare_characters_is_never_written():
    model = TextModel("rnn", units=4, rare=100)
    model.build(TEXT)
    assert UNKNOWN in model.vocabulary
    assert UNKNOWN not in model.sample("the A", 2000, temperature=100.0)


def test_the_same_seed_gives_the_same_model():
    one, two = (TextModel("lstm", units=8, seed=5) for _ in range(2))
    for model in (one, two):
        model.fit(TEXT, epochs=1, batch=4, steps=25, verbose=0)
    assert one.model.net == two.model.net


def test_a_saved_model_writes_the_same(trained, tmp_path):
    trained.save(tmp_path / "out")
    again = TextModel.load(tmp_path / "out")
    assert again.model.net == trained.model.net and again.vocabulary == trained.vocabulary
    assert again.sample("the", 60) == trained.sample("the", 60)


def test_foreign_and_damaged_folders_are_refused(trained, tmp_path):
    from neuralzoo.layers import Dense
    from neuralzoo.models import Sequential

    with pytest.raises(FormatError, match="no folder"):
        TextModel.load(tmp_path / "nowhere")
    with pytest.raises(FormatError, match=r"no model\.nz"):
        TextModel.load(tmp_path)
    Sequential([Dense(1, input_shape=(2,))]).save(tmp_path / "model.nz")
    with pytest.raises(FormatError, match="none that writes text"):
        TextModel.load(tmp_path)
    trained.save(tmp_path / "cut")
    whole = (tmp_path / "cut" / "model.nz").read_bytes()
    (tmp_path / "cut" / "model.nz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FormatError):
        TextModel.load(tmp_path / "cut")


def test_ctrl_c_keeps_what_was_learned():
    class Interrupt(Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 3:
                raise KeyboardInterrupt

    model = TextModel("gru", units=24, dropout=0.0)
    model.build(TEXT)
    before = model.nats(TEXT)
    with pytest.raises(KeyboardInterrupt):
        model.fit(TEXT, epochs=50, batch=4, steps=25, verbose=0, callbacks=[Interrupt()])
    assert model.nats(TEXT) < 0.7 * before and len(model.sample("the", 10)) == 10


def test_the_clock_stops_training():
    model = TextModel("rnn", units=4)
    history = model.fit(TEXT, epochs=10**6, batch=4, steps=25, minutes=1e-6, verbose=0)
    assert len(history.epoch) == 0 and model.sample("the", 5)


def test_the_best_network_is_kept():
    model = TextModel("lstm", units=24, dropout=0.0)
    history = model.fit(TEXT[:600], epochs=30, batch=2, steps=20, learning_rate=0.05, validation_split=0.2, verbose=0).history
    kept = price(model.model.net, model.vocabulary.encode(TEXT[:120]))
    assert kept == pytest.approx(min(history["val_nats"]), rel=1e-5)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m: TextModel("lstn"), ArgumentError, "Did you mean 'lstm'"),
        (lambda m: TextModel(units=0), ArgumentError, "at least 1"),
        (lambda m: TextModel().sample("a"), NotReadyError, "before it was fitted"),
        (lambda m: m.sample("Zürich"), DataError, "'Z', 'ü'"),
        (lambda m: m.sample("a", temperature=-1), ArgumentError, "temperature"),
        (lambda m: m.sample("a", length=0), ArgumentError, "length"),
        (lambda m: m.sample("a", top_k=1000), ArgumentError, "from 1 to"),
        (lambda m: m.nats("a"), DataError, "nothing to predict"),
        (lambda m: m.fit("too short"), DataError, "too little"),
        (lambda m: m.fit(TEXT, learning_rate=0), ArgumentError, "more than 0"),
        (lambda m: m.fit(TEXT, steps=10**6), DataError, "too few for windows"),
    ],
    ids=["net", "units", "unfitted", "prompt", "temperature", "length", "top_k", "one", "short", "rate", "steps"],
)
def test_mistakes_are_told(trained, call, error, message):
    with pytest.raises(error, match=message):
        call(trained)


def test_the_markov_chain_agrees_with_counting_by_hand():
    codes = np.array([0, 1, 0, 0, 1, 1, 0, 1])  # order 1: after 0 come 1 0 1 1, after 1 come 0 1 0
    chain = KneserNey(codes, 2, order=1)
    once, twice = 2, 1  # of the pairs 00 01 10 11, seen 1 3 2 1 times
    discount = once / (once + 2 * twice)
    shorter = 0.5 * (2 - 0.05) / 2 + 0.05 * 2 * 0.5 / 2 + 0.5 * 0  # both characters follow two others: P = ½ each
    assert shorter == pytest.approx(0.5, abs=0.02)
    expected = [(3 - discount + discount * 2 * 0.5) / 4, (1 - discount + discount * 2 * 0.5) / 3]
    np.testing.assert_allclose(np.exp(chain.log_probabilities(np.array([0, 1, 1]))), expected, rtol=1e-6)


def test_the_markov_chain_gives_a_distribution():
    rng = np.random.default_rng(0)
    chain = KneserNey(rng.integers(5, size=200), 5, order=3)
    for context in ([0, 1, 2], [4, 4, 4], [3, 3, 0]):
        total = sum(math.exp(chain.log_probabilities(np.array([*context, c]))[0]) for c in range(5))
        assert total == pytest.approx(1)


@pytest.mark.slow
def test_tiny_shakespeare_costs_at_most_1_6_nats_a_character(data_folder, monkeypatch):
    monkeypatch.setenv("NEURALZOO_DATA", str(data_folder))
    train, validation, test = split_text(open_text("tinyshakespeare")[1])
    model = TextModel("lstm", units=256, dropout=0.2, seed=0)
    model.build(train + validation + test)
    model.fit(validation + train, epochs=6, verbose=2, validation_split=len(validation) / len(validation + train))
    nats = model.nats(test)
    assert nats <= 1.6
    chain = KneserNey(model.vocabulary.encode(train), len(model.vocabulary), 5)
    assert nats < chain.nats(model.vocabulary.encode(test))
