"""Learning curves get the name that a person would give them: drawn ones with noise, and real ones from scikit-learn's networks."""

import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError
from neuralzoo.inspect.curves import diagnose

EPOCHS = np.arange(60)
SCALES = (1e-3, 1.0, 1e4)
SEEDS = range(5)


def falling(start, end, tau):
    return end + (start - end) * np.exp(-EPOCHS / tau)


def noisy(curve, level, seed):
    return curve * (1 + level * np.random.default_rng(seed).normal(size=len(curve)))


def named(loss, val=None, scale=1.0, **options):
    history = {"loss": list(scale * np.asarray(loss, float))} | ({} if val is None else {"val_loss": list(scale * np.asarray(val, float))})
    return diagnose(history, **options).name


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("seed", SEEDS)
class TestDrawnCurves:
    def test_both_falling_and_flat_is_a_good_fit(self, scale, seed):
        assert named(noisy(falling(2.3, 0.1, 6), 0.02, seed), noisy(falling(2.3, 0.15, 6), 0.03, seed + 9), scale) == "good fit"

    def test_validation_that_turns_up_is_over_fit(self, scale, seed):
        val = falling(2.3, 0.5, 6) + 0.015 * np.maximum(EPOCHS - 20, 0)
        assert named(noisy(falling(2.3, 0.02, 8), 0.02, seed), noisy(val, 0.03, seed + 9), scale) == "over-fit"

    def test_a_wide_gap_is_over_fit_even_when_flat(self, scale, seed):
        assert named(noisy(falling(2.3, 0.02, 8), 0.02, seed), noisy(falling(2.3, 1.4, 5), 0.02, seed + 9), scale) == "over-fit"

    def test_flat_and_high_is_under_fit(self, scale, seed):
        assert named(noisy(falling(2.3, 1.8, 4), 0.01, seed), noisy(falling(2.3, 1.85, 4), 0.01, seed + 9), scale) == "under-fit"

    def test_never_falling_is_a_plateau(self, scale, seed):
        flat = np.full(60, 2.303)
        assert named(noisy(flat, 0.003, seed), noisy(flat, 0.003, seed + 9), scale) == "plateau"

    def test_leaping_is_a_rate_too_high(self, scale, seed):
        leaps = 0.4 + 2 * np.random.default_rng(seed).random(60)
        assert named(leaps, leaps + 0.1, scale) == "rate too high"

    def test_rising_is_a_rate_too_high(self, scale, seed):
        assert named(noisy(1 + 0.05 * EPOCHS, 0.02, seed), None, scale) == "rate too high"

    def test_validation_below_training_is_unrepresentative(self, scale, seed):
        train, val = noisy(falling(2.3, 0.6, 6), 0.02, seed), noisy(falling(2.3, 0.3, 6), 0.02, seed + 9)
        assert named(train, val, scale) == "unrepresentative validation"

    def test_validation_below_training_is_no_wonder_with_dropout(self, scale, seed):
        train, val = noisy(falling(2.3, 0.6, 6), 0.02, seed), noisy(falling(2.3, 0.3, 6), 0.02, seed + 9)
        assert named(train, val, scale, dropout=True) == "good fit"

    def test_jumping_validation_is_unrepresentative(self, scale, seed):
        train, val = noisy(falling(2.3, 0.3, 6), 0.01, seed), noisy(falling(2.3, 0.35, 6), 0.35, seed + 9)
        assert named(train, val, scale) in ("unrepresentative validation", "over-fit")

    def test_validation_far_above_from_the_start_is_unrepresentative(self, scale, seed):
        train, val = noisy(falling(1.0, 0.2, 6), 0.01, seed), noisy(falling(1.9, 1.0, 6), 0.01, seed + 9)
        assert named(train, val, scale) == "unrepresentative validation"

    def test_a_steady_fall_is_still_learning(self, scale, seed):
        assert named(noisy(falling(2.3, 0.0, 40), 0.01, seed), noisy(falling(2.3, 0.05, 40), 0.01, seed + 9), scale) == "still learning"


class TestEdges:
    def test_nan_names_the_epoch(self):
        found = diagnose({"loss": [0.7, 5.0, float("nan")], "val_loss": [0.7, 9.0, float("nan")]})
        assert found.name == "rate too high"
        assert "epoch 3" in found.evidence

    @pytest.mark.parametrize("losses", [[0.5], [0.5, 0.4], [0.5, 0.4, 0.3], [0.5, 0.45, 0.4, 0.39]])
    def test_few_epochs_are_too_few_to_read(self, losses):
        assert diagnose({"loss": losses}).name == "still learning"

    def test_nan_from_the_first_epoch_on(self):
        assert diagnose({"loss": [float("nan")]}).name == "rate too high"

    def test_no_loss_says_what_is_missing(self):
        with pytest.raises(ArgumentError, match="no 'loss'"):
            diagnose({"accuracy": [0.5]})

    def test_a_loss_below_zero_is_no_trouble(self):
        loss = falling(2.0, -3.0, 6)
        assert diagnose({"loss": list(loss), "val_loss": list(loss + 0.05)}).name == "good fit"

    def test_a_validation_loss_that_is_not_finite_is_left_aside(self):
        assert diagnose({"loss": list(falling(2.3, 0.1, 6)), "val_loss": [float("nan")] * 60}).name == "good fit"

    def test_the_loss_of_guessing_unmasks_a_dead_network_that_only_found_the_mean(self):
        history = {"loss": [0.72, *[0.693] * 40]}
        assert diagnose(history, chance=0.693).name == "plateau"

    def test_a_high_training_score_is_not_under_fit(self):
        loss = falling(0.3, 0.2, 4)
        assert diagnose({"loss": list(loss), "accuracy": [0.95] * 60}).name == "good fit"
        assert diagnose({"loss": list(loss), "accuracy": [0.95] * 60}, metric_is_score=False).name == "under-fit"

    def test_evidence_and_advice_are_sentences_with_numbers(self):
        found = diagnose({"loss": list(falling(2.3, 0.02, 8)), "val_loss": list(falling(2.3, 1.4, 5))})
        assert found.evidence.endswith(".")
        assert found.advice.endswith(".")
        assert any(c.isdigit() for c in found.evidence)


def curve(net, train, val, epochs, classes=None):
    """The history of a scikit-learn network; with `classes` cross-entropy and accuracy, else the squared error."""
    history = {"loss": [], "val_loss": []} | ({"accuracy": [], "val_accuracy": []} if classes is not None else {})
    for _ in range(epochs):
        net.partial_fit(*train, **({} if classes is None else {"classes": classes}))
        for (x, y), prefix in ((train, ""), (val, "val_")):
            with np.errstate(all="ignore"):
                if classes is None:
                    history[f"{prefix}loss"].append(float(np.mean((net.predict(x) - y) ** 2)))
                    continue
                p = net.predict_proba(x)
            history[f"{prefix}loss"].append(float(-np.log(np.clip(p[np.arange(len(y)), y], 1e-12, 1)).mean()))
            history[f"{prefix}accuracy"].append(float((p.argmax(1) == y).mean()))
    return history


@pytest.fixture(scope="module")
def digits():
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(y))
    return x[order] / 16, y[order]


def classifier(*units, rate=0.001, solver="adam", **options):
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier(hidden_layer_sizes=units, learning_rate_init=rate, solver=solver, random_state=0, **options)


class TestRealCurves:
    def test_a_fitting_network_on_digits(self, digits):
        x, y = digits
        history = curve(classifier(32, rate=0.01), (x[:1200], y[:1200]), (x[1200:], y[1200:]), 40, np.arange(10))
        assert diagnose(history).name == "good fit"

    def test_one_hidden_unit_under_fits_digits(self, digits):
        x, y = digits
        history = curve(classifier(1, rate=0.01), (x[:1200], y[:1200]), (x[1200:], y[1200:]), 150, np.arange(10))
        assert diagnose(history, chance=float(np.log(10))).name == "under-fit"

    def test_a_huge_network_on_noisy_labels_over_fits(self, digits):
        x, y = digits
        noisy_y = np.where(np.random.default_rng(1).random(len(y)) < 0.4, np.random.default_rng(2).integers(10, size=len(y)), y)
        history = curve(classifier(256, 128), (x[:100], noisy_y[:100]), (x[1200:], noisy_y[1200:]), 80, np.arange(10))
        assert diagnose(history).name == "over-fit"

    def test_a_large_rate_makes_it_leap_or_rise(self, digits):
        x, y = digits
        history = curve(classifier(64, rate=0.5), (x[:1200], y[:1200]), (x[1200:], y[1200:]), 40, np.arange(10))
        assert diagnose(history, chance=float(np.log(10))).name == "rate too high"

    def test_a_tiny_rate_is_still_learning(self, digits):
        x, y = digits
        history = curve(classifier(32, rate=0.0002), (x[:1200], y[:1200]), (x[1200:], y[1200:]), 30, np.arange(10))
        assert diagnose(history).name == "still learning"

    def test_labels_without_any_signal_are_a_plateau_for_a_small_network(self):
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(4000, 5)), rng.integers(2, size=4000)
        history = curve(classifier(3, rate=0.01), (x[:3000], y[:3000]), (x[3000:], y[3000:]), 40, np.arange(2))
        assert diagnose(history, chance=float(np.log(2))).name == "plateau"

    def test_an_easy_validation_set_is_unrepresentative(self, digits):
        x, y = digits
        hard = np.where(np.random.default_rng(1).random(1200) < 0.15, np.random.default_rng(2).integers(10, size=1200), y[:1200])
        history = curve(classifier(16, rate=0.003), (x[:1200], hard), (x[1200:], y[1200:]), 40, np.arange(10))
        assert diagnose(history).name == "unrepresentative validation"

    def test_regression_with_a_moderate_network(self):
        from sklearn.datasets import make_friedman1
        from sklearn.neural_network import MLPRegressor

        x, y = make_friedman1(1500, noise=0.5, random_state=0)
        y = (y - y.mean()) / y.std()
        net = MLPRegressor(hidden_layer_sizes=(32,), learning_rate_init=0.003, random_state=0)
        history = curve(net, (x[:1000], y[:1000]), (x[1000:], y[1000:]), 120)
        assert diagnose(history, chance=1.0).name in ("good fit", "still learning")
