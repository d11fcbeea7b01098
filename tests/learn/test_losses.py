"""Every loss against NumPy or scikit-learn, its gradient against finite differences, and shapes that must not broadcast."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import expit, log_softmax, softmax
from sklearn.metrics import hinge_loss, log_loss

from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.learn import losses as module
from neuralzoo.learn.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CosineSimilarity,
    HalfSquaredError,
    Huber,
    LogCosh,
    Loss,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
    TripletLoss,
    loss_named,
    losses,
)

RNG = np.random.default_rng(5)
Y, P = RNG.uniform(0.1, 2, (6, 3)), RNG.uniform(0.1, 2, (6, 3))
LABELS = np.array([0, 2, 1, 1, 0, 2])
ONE_HOT = np.eye(3)[LABELS]
BITS = RNG.integers(0, 2, (6, 3)).astype(float)
PROBABILITIES = softmax(RNG.normal(size=(6, 3)), axis=1)
CHANCES = RNG.uniform(0.05, 0.95, (6, 3))
LOGITS = RNG.normal(size=(6, 3)) * 3


def unit(a):
    return a / np.linalg.norm(a, axis=1, keepdims=True)


def categorical_hinge(y, p):
    return [max(0, max(p[i, j] for j in range(3) if y[i, j] == 0) - p[i, y[i].argmax()] + 1) for i in range(6)]


def smooth(y, share, classes):
    return y * (1 - share) + share / classes


CASES = [  # loss, targets, predictions, the value of every row
    ("mse", Y, P, ((Y - P) ** 2).mean(1)),
    (HalfSquaredError(), Y, P, 0.5 * ((Y - P) ** 2).sum(1)),
    ("mae", Y, P, np.abs(Y - P).mean(1)),
    ("mape", Y, P, 100 * np.abs((Y - P) / Y).mean(1)),
    ("msle", Y, P, ((np.log1p(Y) - np.log1p(P)) ** 2).mean(1)),
    (Huber(0.5), Y, P, np.where(abs(Y - P) <= 0.5, 0.5 * (Y - P) ** 2, 0.5 * (abs(Y - P) - 0.25)).mean(1)),
    ("log_cosh", Y, P, np.log(np.cosh(Y - P)).mean(1)),
    ("hinge", 2 * BITS - 1, LOGITS, np.maximum(0, 1 - (2 * BITS - 1) * LOGITS).mean(1)),
    ("squared_hinge", BITS, LOGITS, (np.maximum(0, 1 - (2 * BITS - 1) * LOGITS) ** 2).mean(1)),
    ("categorical_hinge", ONE_HOT, PROBABILITIES, categorical_hinge(ONE_HOT, PROBABILITIES)),
    ("kl_divergence", PROBABILITIES[::-1], PROBABILITIES, (PROBABILITIES[::-1] * np.log(PROBABILITIES[::-1] / PROBABILITIES)).sum(1)),
    ("poisson", Y, P, (P - Y * np.log(P)).mean(1)),
    ("cosine_similarity", Y, P, -(unit(Y) * unit(P)).sum(1)),
    ("bce", BITS, CHANCES, -(BITS * np.log(CHANCES) + (1 - BITS) * np.log(1 - CHANCES)).mean(1)),
    (BinaryCrossentropy(True), BITS, LOGITS, -(BITS * np.log(expit(LOGITS)) + (1 - BITS) * np.log(expit(-LOGITS))).mean(1)),
    (BinaryCrossentropy(True, 0.2), BITS, LOGITS, (np.logaddexp(0, LOGITS) - smooth(BITS, 0.2, 2) * LOGITS).mean(1)),
    ("categorical_crossentropy", ONE_HOT, PROBABILITIES, -np.log(PROBABILITIES[np.arange(6), LABELS])),
    (CategoricalCrossentropy(True, 0.3), ONE_HOT, LOGITS, -(smooth(ONE_HOT, 0.3, 3) * log_softmax(LOGITS, axis=1)).sum(1)),
    ("sparse_categorical_crossentropy", LABELS, PROBABILITIES, -np.log(PROBABILITIES[np.arange(6), LABELS])),
    (SparseCategoricalCrossentropy(True), LABELS[:, None], LOGITS, -log_softmax(LOGITS, axis=1)[np.arange(6), LABELS]),
]
IDS = [str(case[0]) for case in CASES]


@pytest.mark.parametrize(("loss", "y", "p", "rows"), CASES, ids=IDS)
def test_rows_equal_the_formula(loss, y, p, rows):
    np.testing.assert_allclose(loss_named(loss).rows(y, jnp.asarray(p)), rows, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize(("loss", "y", "p", "rows"), CASES, ids=IDS)
def test_the_call_is_the_mean_and_weights_multiply_rows(loss, y, p, rows):
    loss, weight = loss_named(loss), np.arange(6.0)
    np.testing.assert_allclose(loss(y, p), np.mean(rows), rtol=2e-5, atol=1e-6)
    np.testing.assert_allclose(loss(y, p, weight), np.mean(weight * rows), rtol=2e-5, atol=1e-6)
    np.testing.assert_allclose(loss.set(reduction="sum")(y, p), np.sum(rows), rtol=2e-5, atol=1e-5)
    np.testing.assert_allclose(loss.set(reduction="none")(y, p), rows, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize(("loss", "y", "p", "rows"), CASES, ids=IDS)
def test_gradient_equals_finite_differences_and_jit_changes_nothing(loss, y, p, rows):
    loss = loss_named(loss)
    price = jax.jit(lambda p: jnp.sum(loss.rows(y, p)))
    gradient = jax.grad(price)(jnp.asarray(p, jnp.float32))
    h = 2e-3
    for i, j in ((0, 0), (3, 1), (5, 2)):
        step = np.zeros_like(p)
        step[i, j] = h
        slope = (price(jnp.asarray(p + step, jnp.float32)) - price(jnp.asarray(p - step, jnp.float32))) / (2 * h)
        np.testing.assert_allclose(gradient[i, j], slope, rtol=2e-2, atol=5e-3)


@pytest.mark.parametrize("name", [c[0] for c in CASES if isinstance(c[0], str)])
def test_places_are_averaged_and_kept_by_the_function(name):
    _, y, p, rows = next(c for c in CASES if c[0] == name)
    loss = loss_named(name)
    spread_y, spread_p = np.asarray(y).reshape(2, 3, *np.shape(y)[1:]), p.reshape(2, 3, 3)
    np.testing.assert_allclose(loss.rows(spread_y, spread_p), np.reshape(rows, (2, 3)).mean(1), rtol=2e-5, atol=1e-6)
    function = getattr(module, loss.label)
    np.testing.assert_allclose(function(spread_y, spread_p), np.reshape(rows, (2, 3)), rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("name", sorted({cls.__name__ for cls in losses.values()} - {"TripletLoss"}))
def test_two_forms_of_one_column_agree_and_never_broadcast(name):
    loss = losses[name]()
    if name == "SparseCategoricalCrossentropy":
        p = np.full((4, 2), 0.5)
        np.testing.assert_allclose(loss([0, 1, 1, 0], p), loss([[0], [1], [1], [0]], p))
        return
    y, p = np.array([1.0, 0, 1, 1]), np.array([0.9, 0.2, 0.4, 0.7])
    expected = loss.rows(y[:, None], p[:, None])
    assert expected.shape == (4,)
    for a, b in ((y, p[:, None]), (y[:, None], p), (y, p)):
        np.testing.assert_allclose(loss.rows(a, b), expected)
    with pytest.raises(ShapeError):
        loss(y, np.stack([p, p, p, p]))


def test_crossentropies_agree_with_scikit_learn():
    np.testing.assert_allclose(CategoricalCrossentropy()(ONE_HOT, PROBABILITIES), log_loss(LABELS, PROBABILITIES), rtol=1e-5)
    np.testing.assert_allclose(BinaryCrossentropy()(BITS[:, 0], CHANCES[:, :1]), log_loss(BITS[:, 0], CHANCES[:, 0]), rtol=1e-5)
    np.testing.assert_allclose(loss_named("hinge")(BITS[:, 0], LOGITS[:, 0]), hinge_loss(BITS[:, 0], LOGITS[:, 0]), rtol=1e-5)


@pytest.mark.parametrize("loss", [BinaryCrossentropy(), CategoricalCrossentropy(), SparseCategoricalCrossentropy()], ids=repr)
def test_logits_form_agrees_with_probabilities_and_stays_exact_far_out(loss):
    binary = isinstance(loss, BinaryCrossentropy)
    y = LABELS if isinstance(loss, SparseCategoricalCrossentropy) else BITS if binary else ONE_HOT
    p = expit(LOGITS) if binary else softmax(LOGITS, axis=1)
    np.testing.assert_allclose(loss.rows(y, p), loss.with_logits().rows(y, LOGITS), rtol=1e-4, atol=1e-5)
    far = jnp.array([[-200.0, 200.0, 0.0]])
    y = [0] if isinstance(loss, SparseCategoricalCrossentropy) else [[1.0, 0, 0]]
    value, gradient = jax.value_and_grad(lambda x: loss.with_logits()(y, x))(far)
    expected = (200 + 200 + np.log(2)) / 3 if binary else 400
    np.testing.assert_allclose(value, expected, rtol=1e-6)
    assert jnp.all(jnp.isfinite(gradient))
    assert float(jnp.abs(gradient).max()) > 0.3
    assert float(loss([0] if y == [0] else [[1.0, 0, 0]], jax.nn.softmax(far))) <= -np.log(1e-7) + 1e-3  # the clip


def test_errors_name_both_shapes_and_the_remedy():
    with pytest.raises(ShapeError, match=r"\(6,\).*\(6, 3\)[\s\S]*sparse_categorical_crossentropy"):
        CategoricalCrossentropy()(LABELS, PROBABILITIES)
    with pytest.raises(ShapeError, match=r"\(6, 1\)[\s\S]*sparse_categorical_crossentropy"):
        CategoricalCrossentropy()(LABELS[:, None], PROBABILITIES)
    with pytest.raises(ShapeError, match="one-hot: use categorical_crossentropy"):
        SparseCategoricalCrossentropy()(ONE_HOT, PROBABILITIES)
    with pytest.raises(ShapeError, match="3 units"):
        MeanSquaredError()(Y, P[:, :1])
    with pytest.raises(ShapeError, match="number of examples"):
        MeanSquaredError()(Y[:4], P)
    with pytest.raises(ArgumentError, match="no form for logits"):
        MeanSquaredError().with_logits()
    with pytest.raises(ArgumentError, match="reduction is one of"):
        MeanSquaredError(reduction="avg")


@pytest.mark.parametrize("label", [3, -1])
def test_a_class_number_that_does_not_exist_gives_nan(label):
    assert np.isnan(SparseCategoricalCrossentropy()([0, label], PROBABILITIES[:2]))


def test_half_precision_predictions_are_computed_in_single():
    value = BinaryCrossentropy()([[1.0]], jnp.ones((1, 1), jnp.bfloat16))
    assert value.dtype == jnp.float32
    assert np.isfinite(value)


def test_kinks_and_zero_vectors_have_finite_gradients():
    zero = jnp.zeros((2, 3))
    assert np.all(jax.grad(lambda p: loss_named("mae")(zero, p))(zero) == 0)
    assert np.all(np.isfinite(jax.grad(lambda p: CosineSimilarity()(Y[:2], p))(zero)))
    np.testing.assert_allclose(LogCosh()([[0.0]], [[-300.0]]), 300 - np.log(2), rtol=1e-6)


def test_names_classes_records_and_functions_are_understood():
    assert loss_named("mse") == loss_named(MeanSquaredError) == MeanSquaredError()
    assert loss_named("BinaryCrossentropy") == loss_named("bce")

    def cubed(y, p):
        return jnp.mean(jnp.abs(y - p) ** 3, axis=-1)

    np.testing.assert_allclose(loss_named(cubed).rows(Y, P), (np.abs(Y - P) ** 3).mean(1), rtol=1e-5)
    assert loss_named(cubed).label == "cubed"
    assert loss_named("mse").label == "mean_squared_error"
    np.testing.assert_allclose(loss_named(lambda y, p: jnp.mean(jnp.abs(y - p)))(Y, P), np.abs(Y - P).mean(), rtol=1e-5)
    np.testing.assert_allclose(loss_named(module.mean_squared_error).rows(Y, P), ((Y - P) ** 2).mean(1), rtol=1e-5)
    with pytest.raises(ShapeError, match="2 values for 6 examples"):
        loss_named(lambda y, p: (y - p)[:2]).rows(Y, P)
    with pytest.raises(ArgumentError, match=r"(?i)did you mean 'mse'"):
        loss_named("msee")
    with pytest.raises(ArgumentError, match="no loss"):
        loss_named(3)


def test_a_loss_of_ones_own_defines_values_only():
    class Fourth(Loss):
        power: int = 4

        def values(self, y_true, y_pred):
            y, p = module.aligned(y_true, y_pred)
            return jnp.mean((y - p) ** self.power, axis=-1)

    np.testing.assert_allclose(Fourth().rows(Y, P), ((Y - P) ** 4).mean(1), rtol=1e-5)


# --- triplets ---------------------------------------------------------------------------------------------------------

POINTS = np.random.default_rng(2).normal(size=(9, 2)).astype(np.float32)
WHO = np.array([0, 0, 0, 1, 1, 2, 2, 2, 3])


def triplets_by_hand(points, who, mining, margin=1.0):
    n = len(points)
    d = [[float(np.linalg.norm(points[i] - points[j])) for j in range(n)] for i in range(n)]
    rows = []
    for a in range(n):
        near = [d[a][p] for p in range(n) if who[p] == who[a] and p != a and who[a] >= 0]
        far = [d[a][q] for q in range(n) if who[q] != who[a] and min(who[q], who[a]) >= 0]
        if not near or not far:
            rows.append(0.0)
        elif mining == "hard":
            rows.append(max(0, margin + max(near) - min(far)))
        elif mining == "all":
            rows.append(np.mean([max(0, margin + p - q) for p in near for q in far]))
        else:
            chosen = [min([q for q in far if q > p], default=max(far)) for p in near]
            rows.append(np.mean([max(0, margin + p - q) for p, q in zip(near, chosen, strict=True)]))
    return rows


@pytest.mark.parametrize("mining", ["hard", "semi-hard", "all"])
@pytest.mark.parametrize("who", [WHO, np.where(WHO == 1, -1, WHO), np.zeros(9, int), np.arange(9)], ids=["mixed", "ignored", "one", "own"])
def test_triplet_rows_equal_a_loop_over_triplets(mining, who):
    rows = jax.jit(TripletLoss(1.0, mining).rows)(who, POINTS)
    np.testing.assert_allclose(rows, triplets_by_hand(POINTS, who, mining), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("mining", ["hard", "semi-hard", "all"])
def test_triplet_gradient_is_finite_for_identical_points_and_pulls_labels_apart(mining):
    loss = TripletLoss(0.5, mining)
    same = jnp.asarray(np.repeat(POINTS[:3], 3, axis=0))
    look = jax.jit(jax.value_and_grad(lambda p: loss(WHO, p)))
    assert np.all(np.isfinite(look(same)[1]))
    assert np.all(np.isfinite(look(jnp.zeros((9, 2)))[1]))
    points = jnp.asarray(POINTS)
    for _ in range(100):
        points = points - 0.3 * look(points)[1]
    assert look(points)[0] < 0.2 * look(jnp.asarray(POINTS))[0]


def test_hard_mining_is_blind_to_repeated_rows():
    rows = jax.jit(TripletLoss().rows)
    once = rows(WHO, POINTS)
    filled = rows(np.append(WHO, WHO[0]), np.vstack([POINTS, POINTS[:1]]))
    np.testing.assert_allclose(filled[:9], once)


def test_triplet_settings_and_shapes_are_checked():
    with pytest.raises(ArgumentError, match="mining is"):
        TripletLoss(mining="easy")
    with pytest.raises(ShapeError, match="one label"):
        TripletLoss()(WHO[:4], POINTS)
