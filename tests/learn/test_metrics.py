"""Metrics against scikit-learn, and the law that makes them metrics: any split of the rows gives the same result."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import logit, softmax
from sklearn import metrics as sk

from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.learn.losses import BinaryCrossentropy, Huber
from neuralzoo.learn.metrics import (
    AUC,
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    ConfusionMatrix,
    CosineSimilarity,
    F1Score,
    FBetaScore,
    LossMean,
    MeanAbsoluteError,
    MeanSquaredError,
    Metric,
    Precision,
    R2Score,
    Recall,
    RootMeanSquaredError,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
    metric_named,
    metrics,
)

RNG = np.random.default_rng(8)
N, C = 103, 4
LABELS = RNG.integers(0, C, N)
ONE_HOT = np.eye(C)[LABELS]
SCORES = softmax(RNG.normal(size=(N, C)) + 1.5 * ONE_HOT, axis=1)
GUESS = SCORES.argmax(1)
BITS = RNG.integers(0, 2, N)
CHANCE = np.clip(0.35 * BITS + 0.65 * RNG.random(N), 0, 1)
TARGETS = RNG.normal(size=(N, 2)) * [1, 3] + [2, 0]
VALUES = TARGETS + RNG.normal(size=(N, 2))
MULTI = RNG.integers(0, 2, (N, 3))
MULTI_CHANCE = np.clip(0.4 * MULTI + 0.6 * RNG.random((N, 3)), 0, 1)
CUT = CHANCE > 0.5


def f1(average):
    return sk.f1_score(LABELS, GUESS, average=average)


CASES = [  # metric, targets, predictions, scikit-learn's value, tolerance
    (Accuracy(), LABELS, SCORES, sk.accuracy_score(LABELS, GUESS)),
    (Accuracy(), LABELS[:, None], SCORES, sk.accuracy_score(LABELS, GUESS)),
    (Accuracy(), ONE_HOT, SCORES, sk.accuracy_score(LABELS, GUESS)),
    (Accuracy(), BITS, CHANCE[:, None], sk.accuracy_score(BITS, CUT)),
    (Accuracy(), 2 * BITS - 1, CHANCE, sk.accuracy_score(BITS, CUT)),
    (Accuracy(threshold=0.0), BITS, logit(CHANCE), sk.accuracy_score(BITS, CUT)),
    (Accuracy(), LABELS, GUESS, sk.accuracy_score(LABELS, GUESS)),
    (BinaryAccuracy(0.3), BITS[:, None], CHANCE, sk.accuracy_score(BITS, CHANCE > 0.3)),
    (CategoricalAccuracy(), ONE_HOT, SCORES, sk.accuracy_score(LABELS, GUESS)),
    (SparseCategoricalAccuracy(), LABELS, SCORES, sk.accuracy_score(LABELS, GUESS)),
    (TopKCategoricalAccuracy(2), ONE_HOT, SCORES, sk.top_k_accuracy_score(LABELS, SCORES, k=2)),
    (SparseTopKCategoricalAccuracy(3), LABELS, SCORES, sk.top_k_accuracy_score(LABELS, SCORES, k=3)),
    (Precision(), BITS, CHANCE, sk.precision_score(BITS, CUT)),
    (Recall(), BITS[:, None], CHANCE, sk.recall_score(BITS, CUT)),
    (Precision(thresholds=[0.2, 0.7]), BITS, CHANCE, [sk.precision_score(BITS, t < CHANCE) for t in (0.2, 0.7)]),
    (Recall(class_id=2), LABELS, SCORES, sk.recall_score(np.equal(LABELS, 2), SCORES[:, 2] > 0.5)),
    (Precision(), MULTI, MULTI_CHANCE, sk.precision_score(MULTI, MULTI_CHANCE > 0.5, average="micro")),
    (F1Score(), BITS, CHANCE, sk.f1_score(BITS, CUT)),
    (F1Score(threshold=0.4), BITS, CHANCE[:, None], sk.f1_score(BITS, CHANCE > 0.4)),
    (F1Score(), ONE_HOT, SCORES, f1(None)),
    (F1Score("micro"), LABELS, SCORES, f1("micro")),
    (F1Score("macro"), LABELS, SCORES, f1("macro")),
    (F1Score("weighted"), ONE_HOT, SCORES, f1("weighted")),
    (F1Score("macro", 0.5), MULTI, MULTI_CHANCE, sk.f1_score(MULTI, MULTI_CHANCE > 0.5, average="macro")),
    (FBetaScore("macro", 2.0), LABELS, SCORES, sk.fbeta_score(LABELS, GUESS, beta=2, average="macro")),
    (ConfusionMatrix(C), LABELS, SCORES, sk.confusion_matrix(LABELS, GUESS)),
    (ConfusionMatrix(C), ONE_HOT, GUESS, sk.confusion_matrix(LABELS, GUESS)),
    (ConfusionMatrix(2), BITS, CHANCE[:, None], sk.confusion_matrix(BITS, CUT)),
    (MeanSquaredError(), TARGETS, VALUES, sk.mean_squared_error(TARGETS, VALUES)),
    (RootMeanSquaredError(), TARGETS, VALUES, np.sqrt(sk.mean_squared_error(TARGETS, VALUES))),
    (MeanAbsoluteError(), TARGETS, VALUES, sk.mean_absolute_error(TARGETS, VALUES)),
    (metric_named("mape"), TARGETS, VALUES, 100 * sk.mean_absolute_percentage_error(TARGETS, VALUES)),
    (CosineSimilarity(), TARGETS, VALUES, np.diag(sk.pairwise.cosine_similarity(TARGETS, VALUES)).mean()),
    (R2Score(), TARGETS, VALUES, sk.r2_score(TARGETS, VALUES)),
    (R2Score(None), TARGETS, VALUES, sk.r2_score(TARGETS, VALUES, multioutput="raw_values")),
    (R2Score("variance_weighted_average"), TARGETS, VALUES, sk.r2_score(TARGETS, VALUES, multioutput="variance_weighted")),
    (R2Score(), TARGETS[:, 0], VALUES[:, :1], sk.r2_score(TARGETS[:, 0], VALUES[:, 0])),
    (metric_named("binary_crossentropy"), BITS, CHANCE, sk.log_loss(BITS, np.clip(CHANCE, 1e-7, 1 - 1e-7))),
    (metric_named("categorical_crossentropy"), ONE_HOT, SCORES, sk.log_loss(LABELS, SCORES)),
    (metric_named("sparse_categorical_crossentropy"), LABELS, SCORES, sk.log_loss(LABELS, SCORES)),
    (LossMean(Huber(0.5)), TARGETS, VALUES, float(Huber(0.5)(TARGETS, VALUES))),
    (AUC(), BITS, CHANCE, sk.roc_auc_score(BITS, CHANCE)),
    (AUC(curve="PR"), BITS, CHANCE, sk.average_precision_score(BITS, CHANCE)),
    (AUC(from_logits=True), BITS, logit(np.clip(CHANCE, 1e-6, 1 - 1e-6)), sk.roc_auc_score(BITS, CHANCE)),
    (AUC(multi_label=True), MULTI, MULTI_CHANCE, sk.roc_auc_score(MULTI, MULTI_CHANCE)),
    (AUC(), LABELS, SCORES, sk.roc_auc_score(ONE_HOT, SCORES, average="micro")),
]
IDS = [f"{case[0]!r}-{np.shape(case[1])}" for case in CASES]


def tolerance(metric):
    return {"atol": 0.02 if metric.curve == "PR" else 0.002} if isinstance(metric, AUC) else {"rtol": 2e-5, "atol": 2e-6}


@functools.cache
def compiled(i):
    """The metric of a case and its compiled `measure`, shared by the tests so that each shape is compiled once."""
    return CASES[i][0], jax.jit(CASES[i][0].measure)


def batch(i, rows, weight):
    y, p = (np.asarray(a)[rows] for a in CASES[i][1:3])
    return y, p, jnp.asarray(weight, jnp.float32)


@pytest.mark.parametrize("i", range(len(CASES)), ids=IDS)
def test_metric_equals_scikit_learn(i):
    metric, measure = compiled(i)
    np.testing.assert_allclose(metric.result(measure(*batch(i, slice(0, N), np.ones(N)))), CASES[i][3], **tolerance(metric))


@pytest.mark.parametrize("i", range(len(CASES)), ids=IDS)
def test_statistics_add_up_over_any_split_order_and_filling(i):
    metric, measure = compiled(i)
    order = RNG.permutation(N)
    rows, rest = order[:60], order[43:]  # 17 rows come a second time, as filling of weight 0
    parts = measure(*batch(i, rows, np.ones(60))), measure(*batch(i, rest, np.repeat([0.0, 1.0], [17, 43])))
    whole = metric.result(measure(*batch(i, slice(0, N), np.ones(N))))
    total = jax.tree.map(lambda a, b: np.asarray(a) + np.asarray(b), *parts)
    np.testing.assert_allclose(metric.result(total), whole, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("i", range(len(CASES)), ids=IDS)
def test_a_weight_of_two_is_a_row_twice_and_nothing_gives_no_nan(i):
    metric, measure = compiled(i)
    rows = np.arange(60)
    twice = np.concatenate([np.arange(30), np.arange(30)])
    one = measure(*batch(i, rows, np.repeat([2.0, 0.0], [30, 30])))
    np.testing.assert_allclose(metric.result(one), metric.result(measure(*batch(i, twice, np.ones(60)))), rtol=1e-4, atol=1e-5)
    assert np.all(np.isfinite(metric.result(measure(*batch(i, rows, np.zeros(60))))))


@pytest.mark.parametrize("i", [0, 20, 33])
def test_a_direct_call_is_measure_and_result(i):
    metric, measure = compiled(i)
    np.testing.assert_allclose(metric(*CASES[i][1:3]), metric.result(measure(*batch(i, slice(0, N), np.ones(N)))), rtol=1e-5)


@pytest.mark.parametrize("bins", [50, 200, 1000])
def test_the_error_of_the_area_is_within_its_stated_bound(bins):
    edges = np.ceil(CHANCE * (bins - 1)).clip(1)
    share = [np.histogram(edges[b == BITS], bins=np.arange(0.5, bins + 0.5))[0] / np.sum(b == BITS) for b in (0, 1)]
    bound = 0.5 * np.sum(share[0] * share[1])
    assert abs(float(AUC(bins)(BITS, CHANCE)) - sk.roc_auc_score(BITS, CHANCE)) <= bound + 1e-6


def test_perfect_and_useless_outputs_have_areas_one_and_a_half():
    assert float(AUC()(BITS, BITS.astype(float))) == 1.0
    assert float(AUC(curve="PR")(BITS, BITS.astype(float))) == 1.0
    assert float(AUC()(BITS, np.full(N, 0.3))) == 0.5
    np.testing.assert_allclose(AUC(curve="PR")(BITS, np.full(N, 0.3)), BITS.mean(), rtol=1e-5)


def test_sequences_count_every_place():
    y, p = LABELS[:100].reshape(20, 5), SCORES[:100].reshape(20, 5, C)
    right = GUESS[:100] == LABELS[:100]
    np.testing.assert_allclose(Accuracy()(y, p), right.mean(), rtol=1e-6)
    np.testing.assert_allclose(F1Score("micro")(y, p), right.mean(), rtol=1e-5)
    np.testing.assert_allclose(ConfusionMatrix(C)(y, p), sk.confusion_matrix(LABELS[:100], GUESS[:100]))
    only_first = np.arange(20) == 0
    np.testing.assert_allclose(Accuracy()(y, p, only_first), right[:5].mean(), rtol=1e-6)


def test_a_nan_in_a_row_of_weight_zero_is_not_seen():
    p = np.array([[0.5], [np.nan]])
    assert float(MeanSquaredError()([[0.0], [0.0]], p, [1.0, 0.0])) == 0.25


def test_names_become_labels_and_losses_become_metrics():
    assert metric_named("mse").label == "mse"
    assert MeanSquaredError().label == "mean_squared_error"
    assert metric_named("acc").label == "acc"
    assert AUC().label == "auc"
    assert AUC(name="area").label == "area"
    assert R2Score().label == "r2_score"
    assert F1Score().label == "f1_score"
    assert metric_named("huber").label == "huber"
    assert isinstance(metric_named("huber"), LossMean)
    assert metric_named(Huber()).label == "huber"
    assert metric_named(AUC) == AUC()

    def bias(y, p):
        return jnp.mean(p - y, axis=-1)

    assert metric_named(bias).label == "bias"
    np.testing.assert_allclose(metric_named(bias)(TARGETS, VALUES), (VALUES - TARGETS).mean(), rtol=1e-4, atol=1e-6)
    with pytest.raises(ArgumentError, match=r"(?i)did you mean 'accuracy'"):
        metric_named("acuracy")


def test_logits_and_hinge_decide_at_zero():
    assert metric_named("accuracy", BinaryCrossentropy(from_logits=True)).threshold == 0
    assert metric_named("accuracy", "hinge").threshold == 0
    assert metric_named("binary_accuracy", "hinge").threshold == 0
    assert metric_named("accuracy", "mse").threshold == 0.5
    assert metric_named("accuracy").threshold == 0.5
    assert metric_named("auc", BinaryCrossentropy(True)).from_logits
    assert not metric_named("auc", "bce").from_logits


@pytest.mark.parametrize("name", sorted({cls.__name__ for cls in metrics.values()}))
def test_every_metric_is_a_static_record_that_equals_its_like(name):
    metric = metrics[name]()
    assert isinstance(metric, Metric)
    assert jax.tree.leaves(metric) == []
    assert metric == metrics[name]()
    assert hash(metric) == hash(metrics[name]())


def test_shapes_and_settings_that_cannot_work_are_refused():
    with pytest.raises(ShapeError, match="sparse_categorical"):
        CategoricalAccuracy()(LABELS, SCORES)
    with pytest.raises(ShapeError, match="one-hot"):
        SparseCategoricalAccuracy()(ONE_HOT, SCORES)
    for make in (lambda: F1Score("mean"), lambda: AUC(curve="XY"), lambda: R2Score("all")):
        with pytest.raises(ArgumentError):
            make()
