"""Every network of the zoo through every check."""

import inspect

import jax
import numpy as np
import pytest
from matplotlib.figure import Figure

from commands import call
from neuralzoo.callbacks import LambdaCallback
from neuralzoo.core.errors import DataError, NotReadyError
from neuralzoo.models import load_model
from neuralzoo.zoo import CELLS, Member, members
from zoo_trials import TRIALS

every_member = pytest.mark.parametrize("key", sorted(TRIALS))
learning = pytest.mark.parametrize("key", sorted(key for key, trial in TRIALS.items() if trial.make().learner is not None))


class Fitted(dict):
    """Each network, fitted as its trial says when it is first asked for."""

    def __missing__(self, key):
        self[key] = fit(TRIALS[key].make(), TRIALS[key])
        return self[key]


@pytest.fixture(scope="module")
def fitted():
    return Fitted()


def fit(model, trial, **settings):
    if model.learner is not None:
        model.fit(trial.x, trial.y, **{"batch_size": trial.batch, "epochs": trial.epochs, "verbose": 0, **settings})
    return model


def asked(key, model):
    """What the verbs of a network answer, as arrays."""
    trial = TRIALS[key]
    own = {name: ask(model) for name, ask in trial.verbs.items()}
    if "predict" in model.card.verbs:
        own["predict"] = model.predict(trial.x)
    if "evaluate" in model.card.verbs:
        own["evaluate"] = model.evaluate(trial.x, trial.y, return_dict=True)
    return own


class Stream:
    """Rows that come batch by batch."""

    def __init__(self, x, y, rows):
        self.held, self.rows = (x,) if y is None else (x, y), rows

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        return jax.tree.map(lambda a: a[self.rows[i]], self.held)


def same(one, two):
    """Whether two answers are equal, bit for bit."""
    leaves = [jax.tree.leaves(answer) for answer in (one, two)]
    return jax.tree.structure(one) == jax.tree.structure(two) and all(map(np.array_equal, *leaves))


def alike(one, two):
    """Whether two answers are equal but for rounding, which differs between programs for one epoch a call and for several."""
    leaves = [jax.tree.leaves(answer) for answer in (one, two)]
    close = [np.array_equal(a, b) or np.allclose(a, b, rtol=1e-5, atol=1e-6) for a, b in zip(*leaves, strict=True)]
    return jax.tree.structure(one) == jax.tree.structure(two) and all(close)


def test_every_member_has_a_trial_and_is_public():
    from neuralzoo import zoo

    assert set(TRIALS) == set(members)
    assert {kind.__name__ for kind in members.values()} <= set(zoo.__all__)


@every_member
def test_the_card_says_all_there_is_to_know(key):
    kind = members[key]
    card = kind.card
    assert card.key == key and 1900 < card.year < 2100 and set(card.cells) <= set(CELLS)
    assert all((card.name, card.authors, card.reference, card.rule, card.purpose, card.cells, card.verbs))
    assert set(card.verbs) == {*TRIALS[key].verbs, *({"predict", "evaluate"} & set(card.verbs))}
    assert all(callable(getattr(kind, verb)) for verb in card.verbs)
    assert inspect.getdoc(kind.example) and kind.draw is not Member.draw


@learning
def test_fit_needs_no_compile_and_tells_finite_numbers(key, fitted):
    history = fitted[key].history.history
    assert history and all(np.isfinite(values).all() for values in history.values())
    assert fitted[key].count > 0


@learning
def test_the_same_seed_gives_the_same_bits(key, fitted):
    assert same(asked(key, fit(TRIALS[key].make(), TRIALS[key])), asked(key, fitted[key]))


@learning
def test_nothing_can_be_asked_before_fit(key):
    for name, ask in {**TRIALS[key].verbs, "predict": lambda m: m.predict(TRIALS[key].x)}.items():
        with pytest.raises(NotReadyError) as caught:
            ask(TRIALS[key].make())
        assert caught.value.remedy, name
    with pytest.raises(NotReadyError):
        TRIALS[key].make().evaluate(TRIALS[key].x, TRIALS[key].y)


@every_member
def test_a_saved_one_answers_the_same(key, fitted, tmp_path):
    fitted[key].save(tmp_path / "member.nz")
    loaded = load_model(tmp_path / "member.nz")
    assert type(loaded) is members[key]
    assert same(asked(key, loaded), asked(key, fitted[key]))


@learning
def test_learning_goes_on_after_loading_as_if_it_had_never_stopped(key, tmp_path):
    trial = TRIALS[key]
    half = trial.epochs or 1  # the program for so many is compiled already
    once, twice = trial.make(), trial.make()
    fit(once, trial, epochs=half)
    once.save(tmp_path / "half.nz")
    loaded = load_model(tmp_path / "half.nz")
    fit(loaded, trial, epochs=2 * half, initial_epoch=half)
    fit(fit(twice, trial, epochs=half), trial, epochs=2 * half, initial_epoch=half)
    assert same(asked(key, loaded), asked(key, twice))


@learning
def test_a_stream_of_batches_teaches_the_same(key):
    trial = TRIALS[key]
    rows = np.arange(len(jax.tree.leaves(trial.x)[0]) // trial.batch * trial.batch).reshape(-1, trial.batch)
    whole = jax.tree.map(lambda a: a[: rows.size], (trial.x, trial.y))
    arrays, streamed = trial.make(), trial.make()
    arrays.fit(*whole, batch_size=trial.batch, epochs=trial.epochs, shuffle=False, verbose=0)
    streamed.meet(*whole)  # what is taken from data is taken from all of them
    streamed.fit(Stream(*whole, rows), epochs=trial.epochs, verbose=0)
    assert alike(asked(key, streamed), asked(key, arrays))


@learning
def test_callbacks_hear_of_every_epoch(key):
    trial, heard = TRIALS[key], []
    model = trial.make()
    fit(model, trial, callbacks=[LambdaCallback(on_epoch_end=lambda epoch, logs: heard.append(epoch))])
    assert heard == list(range(len(heard))) and len(heard) == len(model.history.epoch) > 0


@learning
def test_rows_that_are_not_finite_are_named(key):
    trial = TRIALS[key]
    if np.asarray(trial.x).dtype.kind != "f":
        pytest.skip("whole numbers are always finite")
    spoilt = np.array(trial.x, float)
    spoilt[(1, *(0,) * (spoilt.ndim - 1))] = np.nan
    with pytest.raises(DataError, match="nan"):
        fit(trial.make(), TRIALS[key].__class__(trial.make, spoilt, trial.y))


LONG = {"dcign", "drn", "gan", "inception", "message_passing", "ntm"}  # examples of several seconds


@pytest.mark.parametrize("key", [pytest.param(key, marks=pytest.mark.slow) if key in LONG else key for key in sorted(TRIALS)])
def test_the_page_shows_the_card_runs_the_example_and_draws(key, tmp_path, capsys):
    code, out, err = call(capsys, "zoo", key, "--figure", tmp_path / "picture.svg")
    assert (code, err) == (0, "")
    assert members[key].card.name in out and "drawn in" in out
    assert (tmp_path / "picture.svg").read_text().startswith("<?xml")


@every_member
def test_it_draws_itself(key, fitted):
    figure = fitted[key].draw()
    assert isinstance(figure, Figure) and figure.axes


def test_the_chart_lists_all(capsys):
    code, out, _ = call(capsys, "zoo")
    assert code == 0 and all(key in out for key in members)
    code, _, err = call(capsys, "zoo", "hopfeld")
    assert code == 2 and "hopfield" in err
