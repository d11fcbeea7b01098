"""Scores equal scikit-learn's, intervals cover, the choice never looks at test rows, and the verdict says what the figures say."""

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.study.evaluate import compare, confusion_counts, difference_score, evaluate, higher_is_better, main_metric
from neuralzoo.study.importance import hardest_rows, permutation_importance, picture_uri
from neuralzoo.study.records import Candidate, Trained
from neuralzoo.study.scores import draw_weights, plain_scores, score_draws
from neuralzoo.study.selection import best_candidate, select, standard_error
from neuralzoo.study.verdict import judge

SIDES = ("train", "validation", "test")


def guesses(truth, classes, skill, rng):
    """Probabilities that point at the true class in about a share `skill` of the rows."""
    p = 0.5 * rng.random((len(truth), classes))
    right = rng.random(len(truth)) < skill
    p[np.arange(len(truth)), np.where(right, truth, (truth + 1) % classes)] += 0.8
    return p / p.sum(axis=1, keepdims=True)


def candidate(name, kind, order, truth, skill, classes=2, seed=0):
    rng = np.random.default_rng([seed, order])
    outputs = {side: guesses(truth[side], classes, skill, rng) for side in truth}
    return Trained(Candidate(name, kind, "", object, {}, order), None, outputs)


def truths(n=600, classes=2, seed=0):
    rng = np.random.default_rng(seed)
    return {side: np.r_[np.arange(classes), rng.integers(classes, size=n - classes)] for side in SIDES}


class TestScores:
    def test_binary_scores_are_scikit_learns(self):
        y = truths()["test"]
        p = guesses(y, 2, 0.8, np.random.default_rng(1)).round(2)
        p[:, 0] = 1 - p[:, 1]
        got, called = plain_scores(y, p, "binary"), p.argmax(axis=1)
        want = {
            "accuracy": metrics.accuracy_score(y, called),
            "balanced accuracy": metrics.balanced_accuracy_score(y, called),
            "ROC AUC": metrics.roc_auc_score(y, p[:, 1]),
            "F1": metrics.f1_score(y, called),
            "log loss": metrics.log_loss(y, p),
        }
        assert got == pytest.approx(want)

    def test_multiclass_scores_are_scikit_learns(self):
        y = truths(classes=5)["test"]
        p = guesses(y, 5, 0.7, np.random.default_rng(1))
        got, called = plain_scores(y, p, "multiclass"), p.argmax(axis=1)
        assert got["macro F1"] == pytest.approx(metrics.f1_score(y, called, average="macro"))
        assert got["balanced accuracy"] == pytest.approx(metrics.balanced_accuracy_score(y, called))
        assert got["log loss"] == pytest.approx(metrics.log_loss(y, p))

    def test_regression_scores_are_scikit_learns(self):
        y = np.random.default_rng(0).normal(50, 9, 300)
        p = y + np.random.default_rng(1).normal(size=300)
        want = {"RMSE": metrics.root_mean_squared_error(y, p), "MAE": metrics.mean_absolute_error(y, p), "R²": metrics.r2_score(y, p)}
        assert plain_scores(y, p, "regression") == pytest.approx(want)

    @pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
    def test_a_draw_scores_like_the_rows_it_repeats(self, task):
        classes = 2 if task == "binary" else 4
        y = truths(80, classes)["test"]
        p = guesses(y, classes, 0.7, np.random.default_rng(1))
        if task == "regression":
            y, p = y + 0.1 * np.arange(80), p[:, 0]
        weights = next(draw_weights(y, task, 3))[:5]
        drawn = score_draws(y, p, task, weights)
        for k, w in enumerate(weights):
            rows = np.repeat(np.arange(80), w.astype(int))
            again = plain_scores(y[rows], p[rows], task)
            assert {name: v[k] for name, v in drawn.items()} == pytest.approx(again)

    def test_draws_keep_the_size_of_every_class(self):
        y = np.array([0] * 90 + [1] * 10)
        weights = np.concatenate(list(draw_weights(y, "binary", 0)))
        assert weights.shape == (1000, 100)
        assert (weights[:, 90:].sum(axis=1) == 10).all()

    def test_a_class_without_test_rows_has_no_recall(self):
        y = np.array([0, 0, 1, 1])
        p = np.array([[0.9, 0.1, 0], [0, 0.2, 0.8], [0, 1, 0], [0, 1, 0]])
        assert plain_scores(y, p, "multiclass")["balanced accuracy"] == 0.75

    @pytest.mark.parametrize(("task", "skill"), [("binary", 0.85), ("regression", 0)])
    def test_the_interval_covers_the_true_score_about_95_times_in_100(self, task, skill):
        covered = 0
        for seed in range(120):
            rng = np.random.default_rng(seed)
            if task == "binary":
                y = rng.integers(2, size=200)
                p, name, true = guesses(y, 2, skill, rng), "accuracy", skill
            else:
                y = rng.normal(size=200)
                p, name, true = y + rng.normal(size=200), "RMSE", 1.0
            draws = np.concatenate([score_draws(y, p, task, w)[name] for w in draw_weights(y, task, seed, 300)])
            low, high = np.quantile(draws, (0.025, 0.975))
            covered += low <= true <= high
        assert 105 <= covered <= 120


class TestChoice:
    def test_the_main_metric_follows_the_balance(self):
        assert main_metric("binary", np.array([0] * 60 + [1] * 40)) == "accuracy"
        assert main_metric("multiclass", np.array([0] * 90 + [1] * 20 + [2] * 40)) == "balanced accuracy"
        assert main_metric("regression", np.zeros(3)) == "RMSE"
        assert not higher_is_better("RMSE")
        assert higher_is_better("ROC AUC")
        with pytest.raises(ArgumentError, match="accuracy"):
            higher_is_better("acuracy")

    def test_the_choice_never_looks_at_test_rows(self):
        truth = truths()
        a, b = candidate("a", "network", 1, truth, 0.9), candidate("b", "network", 2, truth, 0.7)
        for t in (a, b):
            t.outputs["test"] = np.full((600, 2), np.nan)
        assert best_candidate([a, b], truth, "binary", "accuracy", "network") is a

    def test_a_near_draw_goes_to_the_simpler(self):
        truth = truths()
        simple, complex_ = candidate("simple", "network", 1, truth, 0.9), candidate("complex", "network", 2, truth, 0.9)
        complex_.outputs["validation"] = simple.outputs["validation"].copy()
        right = simple.outputs["validation"].argmax(1) == truth["validation"]
        turned = np.r_[np.flatnonzero(~right)[:4], np.flatnonzero(right)[:3]]  # one row better in all
        complex_.outputs["validation"][turned] = 1 - complex_.outputs["validation"][turned]
        assert best_candidate([complex_, simple], truth, "binary", "accuracy") is simple

    def test_of_equals_in_right_answers_the_log_loss_decides(self):
        truth = truths()
        simple, complex_ = candidate("simple", "network", 1, truth, 0.9), candidate("complex", "network", 2, truth, 0.9)
        hesitant, sure = simple.outputs["validation"], np.eye(2)[simple.outputs["validation"].argmax(1)]
        for given, better in ((0.51 * sure + 0.49 * (1 - sure), complex_), (hesitant, simple)):  # as often right, and less sure of it
            simple.outputs["validation"], complex_.outputs["validation"] = given, hesitant
            assert best_candidate([complex_, simple], truth, "binary", "accuracy") is better

    @pytest.mark.parametrize("metric", ["accuracy", "balanced accuracy", "log loss", "RMSE"])
    def test_the_standard_error_is_the_spread_of_the_difference_over_fresh_rows(self, metric):
        task, differences, errors = "regression" if metric == "RMSE" else "binary", [], []
        for seed in range(300):
            rng = np.random.default_rng(seed)
            y = (rng.random(150) < 0.2).astype(int)
            a, b = guesses(y, 2, 0.9, rng), guesses(y, 2, 0.8, rng)
            b[:75] = a[:75]
            if task == "regression":
                a, b = y + rng.normal(size=150), y + 1.3 * rng.normal(size=150)
            differences.append(plain_scores(y, a, task)[metric] - plain_scores(y, b, task)[metric])
            errors.append(standard_error(y, a, b, metric))
        assert np.mean(errors) == pytest.approx(np.std(differences), rel=0.15)

    @pytest.mark.parametrize("metric", ["accuracy", "balanced accuracy"])
    def test_a_row_that_one_alone_gets_right_is_one_standard_error(self, metric):
        y = np.array([0] * 90 + [1] * 10)
        a = np.eye(2)[y]
        b = a.copy()
        b[95] = 1 - b[95]
        difference = plain_scores(y, a, "binary")[metric] - plain_scores(y, b, "binary")[metric]
        assert standard_error(y, a, b, metric) == pytest.approx(difference)

    def test_of_equally_good_candidates_the_simplest_is_chosen_far_more_often_than_by_the_bare_maximum(self):
        rule, bare = [], []
        for seed in range(60):
            truth = truths(200, seed=seed)
            field = [candidate(f"n{k}", "network", k, truth, 0.9, seed=seed) for k in range(5)]
            rule.append(best_candidate(field, truth, "binary", "accuracy").candidate.order)
            bare.append(np.argmax([plain_scores(truth["validation"], t.outputs["validation"], "binary")["accuracy"] for t in field]))
        assert np.mean(np.array(rule) == 0) > 2 * np.mean(np.array(bare) == 0)

    def test_a_candidate_that_is_clearly_better_is_chosen_however_complex(self):
        for seed in range(20):
            truth = truths(seed=seed)
            field = [candidate(f"n{k}", "network", k, truth, 0.8 + 0.15 * (k == 3), seed=seed) for k in range(4)]
            assert best_candidate(field, truth, "binary", "accuracy").candidate.name == "n3"

    def test_where_all_rows_are_right_the_probabilities_decide(self):
        truth, rng = truths(), np.random.default_rng(0)
        unsure, sure, surer = (candidate(name, "network", k, truth, 1.0) for k, name in enumerate(("unsure", "sure", "surer")))
        for t, p in ((unsure, 0.6), (sure, 0.95), (surer, 0.951)):
            right = p + 0.04 * rng.random((600, 1))
            t.outputs["validation"] = np.where(np.eye(2)[truth["validation"]] == 1, right, 1 - right)
        found = select([surer, unsure, sure], truth, "binary", "accuracy")
        assert found.trained is sure
        assert "unsure, sure and surer are within one standard error of the best accuracy, 1.000; of these sure and surer are" in found.why
        assert found.why.endswith("The simplest of these, sure, was chosen.")

    def test_numbers_are_chosen_by_the_main_score_alone(self):
        rng = np.random.default_rng(0)
        truth = {side: rng.normal(size=200) for side in SIDES}
        errors = rng.normal(size=(2, 200))

        def made(name, order, noise):
            return Trained(Candidate(name, "network", "", object, {}, order), None, {s: y + noise for s, y in truth.items()})

        field = [made("wild", 0, errors[0]), made("tame", 1, 0.5 * errors[1]), made("twin", 2, 0.5 * errors[1])]
        assert select(field, truth, "regression", "RMSE").trained.candidate.name == "tame"
        assert select(field[:1], truth, "regression", "RMSE", "network").why == "There was no other network."
        assert select(field, truth, "regression", "RMSE", "baseline") is None

    def test_evaluated_is_ordered_by_validation_and_leaves_failures_out(self):
        truth = truths()
        failed = Trained(Candidate("c", "network", "", object, {}, 3), None, {}, failed="it broke")
        found = evaluate(
            [candidate("a", "baseline", 1, truth, 0.7), candidate("b", "network", 2, truth, 0.9), failed], truth, "binary", "accuracy"
        )
        assert [e.name for e in found] == ["b", "a"]
        assert all(s.low <= s.value <= s.high for e in found for s in e.scores.values())
        assert found == evaluate(
            [candidate("a", "baseline", 1, truth, 0.7), candidate("b", "network", 2, truth, 0.9)], truth, "binary", "accuracy"
        )

    def test_all_right_is_not_certain(self):
        truth = {side: np.array([0, 1] * 10) for side in SIDES}
        perfect = Trained(Candidate("a", "network", "", object), None, {side: np.eye(2)[y] for side, y in truth.items()})
        score = evaluate([perfect], truth, "binary", "accuracy")[0].scores["accuracy"]
        assert score.low == pytest.approx(stats.binomtest(20, 20).proportion_ci(0.95).low)

    def test_no_test_rows_says_how_to_get_some(self):
        with pytest.raises(DataError, match="60/20/20"):
            evaluate([], {"train": np.zeros(3), "validation": np.zeros(3), "test": np.zeros(0)}, "regression", "RMSE")

    def test_mcnemar_is_the_exact_binomial(self):
        truth = truths()
        network, baseline = candidate("n", "network", 2, truth, 0.95), candidate("b", "baseline", 1, truth, 0.8)
        c = compare([network, baseline], truth, "binary", "accuracy")
        right = [t.outputs["test"].argmax(1) == truth["test"] for t in (network, baseline)]
        only = int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())
        assert c.p_value == pytest.approx(min(1, 2 * stats.binom.cdf(min(only), sum(only), 0.5)))
        assert c.difference.low > 0

    def test_regression_compares_by_wilcoxon_and_smaller_errors_count_as_better(self):
        rng = np.random.default_rng(0)
        truth = {side: rng.normal(size=200) for side in SIDES}

        def made(name, kind, order, noise):
            return Trained(
                Candidate(name, kind, "", object, {}, order), None, {s: y + noise * rng.normal(size=200) for s, y in truth.items()}
            )

        c = compare([made("b", "baseline", 0, 1.0), made("n", "network", 1, 0.5)], truth, "regression", "RMSE")
        assert c.difference.low > 0
        assert c.p_value < 1e-4
        assert "Wilcoxon" in c.test

    def test_the_same_outputs_differ_by_nothing(self):
        truth = truths()
        t = candidate("n", "network", 2, truth, 0.9)
        twin = Trained(Candidate("b", "baseline", "", object, {}, 1), None, t.outputs)
        c = compare([t, twin], truth, "binary", "accuracy")
        assert (c.difference.value, c.difference.low, c.difference.high, c.p_value) == (0, 0, 0, 1)
        assert compare([t], truth, "binary", "accuracy") is None

    def test_the_paired_interval_is_narrower_than_the_unpaired_ones(self):
        truth = truths()
        a = candidate("a", "network", 1, truth, 0.8).outputs["test"]
        b = a.copy()
        b[:10] = 1 - b[:10]
        d = difference_score(truth["test"], a, b, "binary", "accuracy")
        assert d.high - d.low < 0.03


class TestVerdict:
    def verdict(self, network, baseline, n=600, analysis=None):
        truth = truths(n)
        trained = [candidate("random forest", "baseline", 1, truth, baseline), candidate("MLP 16", "network", 2, truth, network)]
        comparison = compare(trained, truth, "binary", "accuracy")
        return judge(trained, comparison, truth, "binary", "accuracy", analysis)

    def test_a_better_network_is_worth_it(self):
        v = self.verdict(0.95, 0.8)
        assert (v.use, v.worth_it) == ("MLP 16", True)
        assert "The network is better" in v.text

    def test_a_draw_goes_to_the_traditional_method(self):
        v = self.verdict(0.9, 0.9)
        assert (v.use, v.worth_it) == ("random forest", False)
        assert "as good" in v.text
        assert "simpler" in v.text

    def test_a_better_baseline_is_said_to_be_better(self):
        v = self.verdict(0.7, 0.9)
        assert v.use == "random forest"
        assert "traditional method is better" in v.text

    def test_no_signal_is_said_plainly(self):
        v = self.verdict(0.5, 0.5)
        assert not v.worth_it
        assert "Nothing beats always guessing the most frequent class" in v.text
        assert "no signal" in v.text

    def test_few_rows_and_leaks_are_repeated(self):
        v = self.verdict(0.95, 0.95, n=60, analysis={"leaks": ["refund date"]})
        assert "60 test rows are few" in v.text
        assert "'refund date'" in v.text

    def test_all_failed_uses_nothing(self):
        v = judge([Trained(Candidate("c", "network", "", object), None, {}, failed="broke")], None, truths(), "binary")
        assert (v.use, v.worth_it) == ("", False)

    def test_a_network_alone_is_not_compared(self):
        truth = truths()
        v = judge([candidate("MLP", "network", 0, truth, 0.9)], None, truth, "binary")
        assert v.use == "MLP"
        assert "No traditional method" in v.text


class TestInside:
    def test_importance_finds_the_column_that_counts_and_restores_the_table(self):
        import pandas

        rng = np.random.default_rng(0)
        table = pandas.DataFrame(rng.normal(size=(300, 4)), columns=list("abcd"))
        before = table.copy()
        y = (table["c"] > 0).to_numpy().astype(int)
        found, note = permutation_importance(lambda t: np.eye(2)[(t["c"] > 0).to_numpy().astype(int)], table, y, "binary", "accuracy")
        assert next(iter(found)) == "c"
        assert 0.4 < found["c"][0] < 0.6
        assert found["a"] == (0, 0)
        assert note == ""
        assert table.equals(before)

    def test_importance_of_wide_tables_is_screened_and_says_so(self):
        import pandas

        rng = np.random.default_rng(0)
        table = pandas.DataFrame(rng.normal(size=(50, 80)), columns=[f"c{k}" for k in range(80)])
        found, note = permutation_importance(lambda t: t["c77"].to_numpy(), table, table["c77"].to_numpy(), "regression", "RMSE")
        assert len(found) == 60
        assert next(iter(found)) == "c77"
        assert "60 of 80" in note

    def test_importance_keeps_to_its_time(self):
        found, note = permutation_importance(lambda x: x[:, 0], np.ones((20, 5)), np.ones(20), "regression", "MAE", seconds=0.0)
        assert len(found) == 1
        assert "time was over" in note

    def test_importance_of_pictures_is_by_patch(self):
        x = np.random.default_rng(0).random((100, 8, 8, 1))
        y = (x[:, 0, 0, 0] > 0.5).astype(int)
        found, _ = permutation_importance(lambda p: np.eye(2)[(p[:, 0, 0, 0] > 0.5).astype(int)], x, y, "binary", "accuracy")
        assert next(iter(found)) == "rows 1–2, columns 1–2"
        assert len(found) == 16

    def test_hardest_rows_are_the_surest_mistakes_with_row_numbers_of_the_file(self):
        import pandas

        outputs = np.array([[0.9, 0.1], [0.4, 0.6], [0.99, 0.01], [0.2, 0.8]])
        truth, rows = np.array([0, 0, 1, 1]), np.array([7, 9, 40, 3])
        found = hardest_rows(outputs, truth, rows, pandas.DataFrame({"size": [1.0, 2, np.nan, 4]}), "binary", ["no", "yes"])
        assert [h["row"] for h in found] == [41, 10]
        assert found[0] == {"row": 41, "truth": "yes", "prediction": "no", "confidence": 0.99, "values": {"size": None}}

    def test_hardest_pictures_are_small_pngs(self):
        uri = picture_uri(np.random.default_rng(0).integers(0, 255, (300, 200, 3)))
        assert uri.startswith("data:image/png;base64,iVBOR")
        assert len(uri) < 40_000

    def test_confusion_counts_are_scikit_learns(self):
        y = truths(classes=4)["test"]
        p = guesses(y, 4, 0.7, np.random.default_rng(0))
        assert (confusion_counts(y, p) == metrics.confusion_matrix(y, p.argmax(axis=1))).all()
