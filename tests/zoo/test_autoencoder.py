"""Autoencoders: the principal components they reach, what is tied, and what is priced and spoilt."""

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from neuralzoo.core.errors import ArgumentError, DataError, NotReadyError
from neuralzoo.layers import Autoencoding, Chain, Dense, GaussianNoise, MaskingNoise, SaltAndPepperNoise
from neuralzoo.learn.code_penalties import Contraction, KLCode, L1Code
from neuralzoo.learn.gradient import Gradient
from neuralzoo.learn.learner import Batch
from neuralzoo.learn.losses import BinaryCrossentropy, MeanSquaredError
from neuralzoo.learn.optimizers import SGD
from neuralzoo.learn.reconstruction import Reconstruction
from neuralzoo.learn.schedules import CosineDecay
from neuralzoo.zoo import Autoencoder, ConvolutionalAutoencoder, DenoisingAutoencoder, SparseAutoencoder, StackedAutoencoder
from neuralzoo.zoo.autoencoding import OvercompleteWarning

X = np.random.default_rng(0).random((12, 5)).astype(np.float32)
ROWS = jnp.asarray(X)


def built(*encoder, tied=False, features=5):
    """An autoencoding of dense layers, sigmoid at the end."""
    down = [Dense(layer.units, layer.activation) for layer in encoder[-2::-1]]
    net = Autoencoding(Chain(encoder), Chain([*down, Dense(features, "sigmoid")]), tied=tied)
    return net.build(jax.ShapeDtypeStruct((1, features), jnp.float32), jax.random.key(3))


@jax.jit
def called(net, x):
    """The network's output, compiled: sooner than operation by operation."""
    return net(x)


def test_a_linear_one_reaches_the_error_of_the_principal_components():
    x = (load_digits(return_X_y=True)[0][:900] / 16).astype(np.float32)
    x -= x.mean(axis=0)
    pca = PCA(8).fit(x)
    best = np.mean((pca.inverse_transform(pca.transform(x)) - x) ** 2)
    net = Autoencoder((8,), "linear", "linear", learning_rate=CosineDecay(0.02, 600), seed=0)
    net.fit(x, batch_size=900, epochs=600, verbose=0)
    assert best * (1 - 1e-5) <= np.mean((net.reconstruct(x) - x) ** 2) <= best * (1 + 1e-3)


def test_a_tied_decoder_is_the_encoder_turned_round():
    net = built(Dense(4, "tanh"), Dense(3, "tanh"), tied=True)
    (one, two), (back, out) = net.encoder.layers, net.decoder.layers
    assert back.kernel is None and out.kernel is None
    sigmoid = lambda a: 1 / (1 + np.exp(-a))  # noqa: E731
    code = np.tanh(np.tanh(X @ one.kernel + one.bias) @ two.kernel + two.bias)
    wanted = sigmoid(np.tanh(code @ two.kernel.T + back.bias) @ one.kernel.T + out.bias)
    np.testing.assert_allclose(called(net, ROWS), wanted, atol=1e-5)
    rule, ones = Gradient(Reconstruction(MeanSquaredError()), SGD(0.1)), np.ones(12, np.float32)
    moved, _, _ = jax.jit(rule.step)(net, rule.init(net), Batch(ROWS, None, ones, ones), jax.random.key(0))
    assert jax.tree.structure(moved) == jax.tree.structure(net)
    assert not np.allclose(moved.encoder.layers[0].kernel, one.kernel)


@pytest.mark.parametrize("layers", [(Dense(3, "sigmoid"),), (Dense(4, "tanh"), Dense(3, "softmax")), (Dense(3, "softmax"),)])
def test_the_contraction_is_the_jacobian_s_squared_norm(layers):
    net = built(*layers)
    jacobians = jax.jit(jax.vmap(jax.jacobian(lambda row: net.encode(row[None])[0])))(ROWS)
    valid = np.array([1] * 9 + [0] * 3, np.float32)
    wanted = np.sum(np.square(np.asarray(jacobians)), axis=(1, 2))[:9].mean()
    penalty = Contraction(0.3)
    told = jax.jit(lambda net, x: penalty.result(penalty.measure(net, x, net.encode(x), valid)))(net, ROWS)
    assert float(told) == pytest.approx(0.3 * wanted, rel=1e-5)


def test_a_price_is_added_to_the_loss_and_told():
    net, batch = built(Dense(3, "sigmoid")), Batch(ROWS, None, jnp.ones(12), jnp.ones(12))
    code, y = np.asarray(net.encode(ROWS)), np.asarray(net(ROWS))
    plain = -np.mean(X * np.log(y) + (1 - X) * np.log(1 - y))
    mean = code.mean(axis=0)
    divergence = np.sum(0.2 * np.log(0.2 / mean) + 0.8 * np.log(0.8 / (1 - mean)))
    for price, wanted in ((KLCode(0.7, 0.2), 0.7 * divergence), (L1Code(0.7), 0.7 * np.abs(code).sum(axis=1).mean())):
        objective = Reconstruction(BinaryCrossentropy(), price)
        priced = jax.jit(objective.price)(net, batch, jax.random.key(0), 0)
        told = objective.read(jax.device_get(priced.logs))
        assert float(priced.value) == pytest.approx(plain + wanted, rel=1e-4)
        assert [float(told[name]) for name in objective.names()] == pytest.approx([plain + wanted, plain, wanted], rel=1e-4)


def test_kl_sparsity_brings_every_unit_to_the_target():
    net = SparseAutoencoder((10,), target=0.15, rate=2.0, learning_rate=0.03)
    net.fit(X, batch_size=12, epochs=400, verbose=0)
    np.testing.assert_allclose(net.transform(X).mean(axis=0), 0.15, atol=0.01)


def test_l1_sparsity_empties_the_code():
    sums = []
    for rate in (0.0, 0.05):
        net = SparseAutoencoder((10,), sparsity="l1", rate=rate, learning_rate=0.03)
        net.fit(X, batch_size=12, epochs=100, verbose=0)
        sums.append(net.transform(X).sum())
    assert sums[1] < 0.2 * sums[0]


def test_each_corruption_is_what_it_says_and_only_while_training():
    x, key = np.full((200, 500), 0.5, np.float32), jax.random.key(4)
    spoil = jax.jit(lambda noise: noise.forward(jnp.asarray(x), key)[0])
    lost = np.asarray(spoil(MaskingNoise(0.3)))
    assert set(np.unique(lost)) == {0.0, 0.5} and np.mean(lost == 0) == pytest.approx(0.3, abs=0.01)
    spoilt = np.asarray(spoil(SaltAndPepperNoise(0.4, -1.0, 2.0)))
    assert [np.mean(spoilt == value) for value in (-1.0, 0.5, 2.0)] == pytest.approx([0.2, 0.6, 0.2], abs=0.01)
    assert np.std(spoil(GaussianNoise(0.7)) - x) == pytest.approx(0.7, abs=0.01)
    assert (np.asarray(spoil(MaskingNoise(1.0))) == 0).all() and (np.asarray(spoil(MaskingNoise(0.0))) == x).all()
    clean = built(Dense(3, "tanh"))
    for noise in (MaskingNoise(1.0), SaltAndPepperNoise(1.0), GaussianNoise(1.0)):
        net = clean.set(corruption=noise)
        assert not np.allclose(net.forward(ROWS, key)[0], called(net, ROWS))
        np.testing.assert_array_equal(called(net, ROWS), called(clean, ROWS))


def test_whole_rows_are_the_target_of_spoilt_ones():
    """All input lost, the best answer is the mean of whole rows."""
    net = DenoisingAutoencoder((3,), amount=1.0, learning_rate=0.05)
    net.fit(X, batch_size=12, epochs=300, verbose=0)
    np.testing.assert_allclose(net.reconstruct(np.zeros((1, 5)))[0], X.mean(axis=0), atol=0.02)


def test_pairs_of_rows_may_be_given():
    net = Autoencoder((3,), output="linear", learning_rate=0.03)
    net.fit(X, 1 - X, batch_size=12, epochs=400, verbose=0)
    other = Autoencoder((3,), output="linear", learning_rate=0.03)
    other.fit(X, X, batch_size=12, epochs=400, verbose=0)
    assert np.mean((net.reconstruct(X) - (1 - X)) ** 2) < 0.05 < np.mean((other.reconstruct(X) - (1 - X)) ** 2)


@pytest.fixture(scope="module")
def stages():
    """A stacked autoencoder after each of four epochs, two for each layer."""
    stacked, nets = StackedAutoencoder((4, 3), layer_epochs=2, learning_rate=0.05, seed=1), []
    for epoch in range(4):
        stacked.fit(X, batch_size=6, epochs=epoch + 1, initial_epoch=epoch, verbose=0)
        nets.append(stacked.net)
    return stacked, nets


def test_one_layer_learns_after_the_other(stages):
    _, (first, second, third, fourth) = stages
    pairs = [[net.stages()[i] for net in (first, second, third, fourth)] for i in (0, 1)]
    assert pairs[0][0] != pairs[0][1] == pairs[0][2] == pairs[0][3]
    assert pairs[1][0] == pairs[1][1] != pairs[1][2] != pairs[1][3]


def test_the_first_layer_learns_like_an_autoencoder_of_its_own(stages):
    stacked, (_, second, *_) = stages
    alone = DenoisingAutoencoder((4,), learning_rate=0.05, seed=1)
    alone.meet(X, None)
    fresh = StackedAutoencoder((4, 3), seed=1)
    fresh.meet(X, None)
    alone.net = fresh.net.stages()[0]
    for epoch in range(2):
        alone.fit(X, batch_size=6, epochs=epoch + 1, initial_epoch=epoch, verbose=0)
    for one, two in zip(jax.tree.leaves(alone.net), jax.tree.leaves(second.stages()[0]), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-5)
    wanted = stacked.net(ROWS)
    np.testing.assert_allclose(stacked.evaluate(X), -np.mean(X * np.log(wanted) + (1 - X) * np.log(1 - wanted)), rtol=1e-4)


def test_the_classifier_begins_with_the_code(stages):
    stacked, _ = stages
    classifier = stacked.to_classifier(4)
    kernel, bias = classifier.get_weights()[-2:]
    scores = np.exp(stacked.transform(X) @ kernel + bias)
    np.testing.assert_allclose(classifier.predict(X), scores / scores.sum(1, keepdims=True), rtol=1e-4)
    assert [type(layer).__name__ for layer in stacked.to_classifier(4, dropout=0.5).layers] == ["Dense", "Dropout"] * 2 + ["Dense"]
    classifier.compile("adam", "sparse_categorical_crossentropy")
    classifier.fit(X, np.arange(12) % 4, verbose=0)
    assert stacked.net.encoder.layers[0] != classifier.layers[0]


def test_what_cannot_be_is_refused(stages):
    stacked, _ = stages
    pictures = np.zeros((4, 6, 6, 1))
    for wrong, match, attempt in (
        (ArgumentError, "share is 1.5", lambda: DenoisingAutoencoder(amount=1.5)),
        (ArgumentError, "corruption of -0.1", lambda: DenoisingAutoencoder(corruption="gaussian", amount=-0.1)),
        (ArgumentError, "no corruption 'fog'", lambda: DenoisingAutoencoder(corruption="fog")),
        (ArgumentError, "no sparsity 'l2'", lambda: SparseAutoencoder(sparsity="l2")),
        (ArgumentError, "mean activation of 1", lambda: SparseAutoencoder(target=1.0)),
        (ArgumentError, "rate=-1", lambda: Autoencoder(contraction=-1)),
        (ArgumentError, "layers down to the code", lambda: Autoencoder(())),
        (ArgumentError, "tied", lambda: Autoencoding(Chain([Dense(2)]), Chain([Dense(3), Dense(4)]), tied=True)),
        (ArgumentError, "labels come in", lambda: Autoencoder((2,)).fit(X, np.zeros(12))),
        (ArgumentError, "classes", lambda: stacked.to_classifier(1)),
        (ArgumentError, "dropout is 1", lambda: stacked.to_classifier(2, dropout=1.0)),
        (ArgumentError, "Dense", lambda: Reconstruction(MeanSquaredError()).check(Dense(2))),
        (DataError, r"x\[1, 2\] is 7", lambda: Autoencoder((2,)).fit(np.where(np.arange(15).reshape(3, 5) == 7, 7, 0))),
        (DataError, "table", lambda: Autoencoder((2,)).fit(pictures)),
        (DataError, "halved 2 times", lambda: ConvolutionalAutoencoder().fit(pictures)),
        (DataError, r"x\[..., None\]", lambda: ConvolutionalAutoencoder().fit(pictures[..., 0])),
        (NotReadyError, "classifier", lambda: Autoencoder((2,)).to_classifier(2)),
    ):
        with pytest.raises(wrong, match=match):
            attempt()
    with pytest.raises(OvercompleteWarning, match="5 features"):
        Autoencoder((8,)).fit(X, verbose=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Autoencoder((8,), contraction=0.1).check_rows(X, None)
        SparseAutoencoder((8,)).check_rows(X, None)
