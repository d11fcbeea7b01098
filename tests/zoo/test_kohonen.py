"""Kohonen's map: its laws, against the rule written as a loop."""

import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, DataError, ShapeError
from neuralzoo.layers import Dense, Kohonen
from neuralzoo.learn.competitive import BLOCK, BatchMap, OnlineMap
from neuralzoo.zoo import KohonenMap
from neuralzoo.zoo.kohonen import MapSizeWarning

ROWS = BLOCK + 26  # a block and the beginning of another
SHAPE = (4, 3)
FAR = 100.0  # from 0: distances must not drown in rounding


def cloud(rows=ROWS):
    return (np.random.default_rng(3).normal(size=(rows, 5)) + FAR).astype(np.float32)


def squares(x, units):
    return ((np.asarray(x, float)[:, None] - units) ** 2).sum(-1)


def grid(shape, hexagonal=False):
    row, column = np.divmod(np.arange(shape[0] * shape[1]), shape[1])
    return np.stack([row * np.sqrt(3) / 2, column + 0.5 * (row % 2)] if hexagonal else [row, column], 1)


def by_hand(x, units, near, rate, epochs):
    """The online rule row by row in float64, with MiniSom's asymptotic decay."""
    units, steps = units.astype(float), epochs * len(x)
    for t in range(steps):
        row, shrunk = x[t % len(x)], 1 + 2 * t / steps
        h = rate / shrunk * near(squares(row[None], units)[0].argmin(), shrunk)
        units += h[:, None] * (row - units)
    return units


@pytest.fixture(scope="module")
def online():
    """A map after two epochs of rows in their order, and the units that it started from."""
    model = KohonenMap(SHAPE, radius=1.5, start="rows", seed=4)
    model.meet(cloud(), None)
    start = np.asarray(model.net.kernel)
    model.fit(cloud(), batch_size=ROWS, epochs=2, shuffle=False, verbose=0)
    return start, model


@pytest.fixture(scope="module")
def batch():
    model = KohonenMap(SHAPE, "hexagonal", rule="batch", radius=1.5)
    model.meet(cloud(), None)
    start = np.asarray(model.net.kernel)
    model.fit(cloud(), batch_size=40, epochs=1, verbose=0)
    return start, model


def test_products_of_a_block_give_the_rule_row_by_row(online):
    start, model = online
    gaps = squares(grid(SHAPE), grid(SHAPE))
    wanted = by_hand(cloud(), start, lambda winner, shrunk: np.exp(-gaps[winner] / (2 * (1.5 / shrunk) ** 2)), 0.5, 2)
    np.testing.assert_allclose(model.net.kernel, wanted, atol=2e-4)


def test_a_narrow_radius_is_k_means_online():
    model = KohonenMap(SHAPE, radius=1e-3, start="rows", rate=0.3)
    model.meet(cloud(), None)
    start = np.asarray(model.net.kernel)
    model.fit(cloud(), batch_size=ROWS, epochs=1, shuffle=False, verbose=0)
    wanted = by_hand(cloud(), start, lambda winner, _: np.eye(12)[winner], 0.3, 1)
    np.testing.assert_allclose(model.net.kernel, wanted, atol=2e-4)


def test_a_batch_step_is_the_weighted_mean(batch):
    start, model = batch
    places, x = grid(SHAPE, hexagonal=True), cloud().astype(float)
    h = np.exp(-squares(places, places) / (2 * 1.5**2))[squares(x, start).argmin(1)]
    np.testing.assert_allclose(model.net.kernel, h.T @ x / h.sum(0)[:, None], rtol=1e-5)


def test_winners_distances_and_errors_are_those_of_brute_force(batch):
    model, x = batch[1], cloud(5000)  # more than a block of rows
    distances = np.sqrt(squares(x, np.asarray(model.net.kernel, float)))
    first, second = distances.argsort(1).T[:2]
    np.testing.assert_array_equal(model.winners(x), np.stack(np.divmod(first, 3), 1))
    np.testing.assert_allclose(model.transform(x[:50]), distances[:50], rtol=1e-4)
    assert abs(model.quantization_error(x) - distances.min(1).mean()) < 1e-4
    places = grid(SHAPE, hexagonal=True)
    apart = ((places[first] - places[second]) ** 2).sum(1) > 1.1
    assert abs(model.topographic_error(x) - apart.mean()) < 1e-6 and 0 < apart.mean() < 1
    np.testing.assert_array_equal(model.hits(x).ravel(), np.bincount(first, minlength=12))
    told = model.evaluate(x, return_dict=True)
    np.testing.assert_allclose([told["loss"], told["topographic_error"]], [distances.min(1).mean(), apart.mean()], rtol=1e-4)


def test_hexagons_have_six_neighbours_and_squares_eight():
    for net, wanted in ((Kohonen((6, 6), "hexagonal", True), 6), (Kohonen((6, 6), toroidal=True), 8)):
        numbers = np.arange(36)
        beside = np.asarray(net.beside(numbers[:, None], numbers)) & ~np.eye(36, dtype=bool)
        assert (beside.sum(1) == wanted).all()
    corner = np.asarray(Kohonen((6, 6), "hexagonal").beside(0, np.arange(1, 36)))
    assert corner.sum() == 2


def test_a_torus_is_the_same_from_every_unit():
    for name in ("rectangular", "hexagonal"):
        net = Kohonen((6, 7), name, toroidal=True)
        places = net.places()
        gaps = np.sort(np.asarray(net.gaps(places[:, None], places)), axis=1)
        np.testing.assert_allclose(gaps, np.broadcast_to(gaps[0], gaps.shape), atol=1e-4)
        assert gaps.max() < squares(places, places).max()


def test_the_start_spans_the_plane_of_the_principal_components():
    x = (np.random.default_rng(0).normal(size=(300, 4)) * [1, 5, 0.1, 3]).astype(np.float32)
    model = KohonenMap((3, 5))
    model.meet(x, None)
    spread = np.asarray(model.net.kernel, float) - x.mean(0)
    axes = np.linalg.svd(x - x.mean(0))[2][:2]
    np.testing.assert_allclose(spread @ axes.T @ axes, spread, atol=1e-3)
    along = np.abs(spread.reshape(3, 5, 4)[1, -1] @ axes.T)
    np.testing.assert_allclose(along, [x.astype(float).std(0).max(), 0], rtol=0.05, atol=1e-3)


def test_a_class_is_what_most_of_a_units_rows_are(online):
    model, x = online[1], cloud()
    y = np.random.default_rng(0).integers(0, 3, len(x))
    winners, told = model.winners(x), model.labels_map(x, y)
    for unit in np.ndindex(SHAPE):
        own = y[(winners == unit).all(1)]
        assert told[unit] == (np.bincount(own).argmax() if len(own) else -1)


def test_ridges_of_the_u_matrix_part_clusters():
    draws = np.random.default_rng(0)
    model = KohonenMap((1, 8), rule="batch", radius=2.0)
    model.fit(np.concatenate([draws.normal(0, 0.1, (40, 2)), draws.normal(3, 0.1, (40, 2))]), epochs=8, verbose=0)
    heights = model.u_matrix()[0]
    kernel = np.asarray(model.net.kernel)
    np.testing.assert_allclose(heights[0], np.linalg.norm(kernel[1] - kernel[0]), rtol=1e-5)
    assert heights[3:5].mean() > 3 * heights[[0, -1]].mean()


def test_the_length_of_a_fit_compiles_nothing_again(online):
    from neuralzoo.train import program

    model = online[1]
    before = program._learn()._cache_size()
    model.fit(cloud(), batch_size=ROWS, epochs=2, initial_epoch=0, verbose=0, shuffle=False)
    model.fit(cloud(), batch_size=ROWS, epochs=20, initial_epoch=18, verbose=0, shuffle=False)
    assert program._learn()._cache_size() == before
    assert float(model.memo.time / model.memo.horizon) == 1


def test_a_map_larger_than_the_data_is_named():
    with pytest.warns(MapSizeWarning, match="100 units are more than the 9 rows"):
        KohonenMap().prepare(cloud(9), None)


def test_a_stream_without_an_end_must_say_how_long():
    class Sensor:
        def __iter__(self):
            yield (cloud(8),)

    with pytest.raises(ArgumentError, match="length") as caught:
        KohonenMap((2, 2)).fit(Sensor(), verbose=0)
    assert "steps_per_epoch" in caught.value.remedy


def test_what_cannot_be_is_refused(online):
    for wrong in ({"grid": "hexagon"}, {"rule": "offline"}, {"near": "gauss"}, {"decay": "linea"}, {"start": "random"},
                  {"radius": 0.0}, {"rate": 1.5}, {"shape": (0, 3)}, {"shape": (3, 4), "grid": "hexagonal", "toroidal": True},
                  {"rule": "batch", "near": "mexican hat"}):  # fmt: skip
        with pytest.raises(ArgumentError) as caught:
            KohonenMap(**wrong)
        assert caught.value.remedy
    with pytest.raises(DataError, match="rows of features"):
        KohonenMap().fit(np.zeros((3, 4, 5)))
    for ask in (online[1].winners, online[1].fit):
        with pytest.raises(ShapeError, match="5 features"):
            ask(np.zeros((3, 4)))
    for rule in (OnlineMap(), BatchMap()):
        with pytest.raises(ArgumentError, match="Kohonen layer"):
            rule.check(Dense(3))


@pytest.mark.parametrize("near", ["bubble", "mexican hat"])
def test_other_neighbourhoods_follow_their_formulas(near):
    from neuralzoo.learn.competitive import nearness

    gaps = np.array([0, 1, 2, 4, 9.0])
    wanted = gaps <= 4 if near == "bubble" else (1 - gaps / 4) * np.exp(-gaps / 8)
    np.testing.assert_allclose(nearness(near, gaps, 2.0), wanted, rtol=1e-6)


@pytest.mark.parametrize(("decay", "rate", "radius"), [("linear", [1, 0.5, 0], [3, 2, 1]), ("inverse", [1, 1 / 51, 1 / 101], [3, 1.5, 1])])
def test_rate_and_radius_fall_over_the_length_of_learning(decay, rate, radius):
    from neuralzoo.learn.competitive import decayed

    part = np.array([0, 0.5, 1.0])
    np.testing.assert_allclose(decayed(decay, 1.0, part, to=0), rate, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(decayed(decay, 3.0, part, to=1), radius, rtol=1e-6)
