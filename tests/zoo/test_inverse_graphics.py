"""Row B15: the clamped rule does what the paper says, and rendered scenes obey the law of light."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError, DataError, ShapeError
from neuralzoo.data.scenes import clamped_scenes, free_scenes, render
from neuralzoo.learn.clamped import Clamped
from neuralzoo.learn.learner import Batch
from neuralzoo.zoo import InverseGraphicsNetwork
from neuralzoo.zoo.inverse_graphics import UnseenFactorWarning, explained_shares, turned


@pytest.fixture(scope="module")
def net():
    """A small network, built for groups of four scenes of 8 × 8 pixels."""
    held = clamped_scenes(6, 4, size=8)
    model = InverseGraphicsNetwork(4, pinned=2, filters=(2, 3), hidden=6, seed=0)
    model.meet(held.x, held.y)
    return model.net


def batch(net, factor):
    held = clamped_scenes(3, 4, size=8)
    return Batch(jnp.asarray(held.x[factor : factor + 1]), jnp.asarray([factor]), jnp.ones(1), jnp.ones(1))


def test_units_take_turns():
    active = Clamped(2).active(jnp.array([0, 1, 2]), 4).astype(int)
    assert active.tolist() == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1]]


@pytest.mark.parametrize("factor", [0, 1, 2])
def test_inactive_units_are_clamped_and_their_gradient_is_the_deviation_from_the_mean(net, factor):
    """The encoder is taken as a table of codes, so the gradient of each code can be looked at by itself."""
    held, rule = batch(net, factor), Clamped(2, beta=0.0, invariance=0.7)
    mean, spread = net.describe(held.x)

    class Table(type(net)):
        def describe(self, x):
            return self.told, spread

    def cost(codes):
        table = object.__new__(Table)
        table.__dict__.update({**net.__dict__, "told": codes})
        return rule.price(table, held, jax.random.key(0), 0).value

    slopes = np.asarray(jax.grad(cost)(mean))[0] * 4  # the cost is the mean over four scenes
    inactive = ~np.asarray(rule.active(held.y, 4))[0]
    deviation = np.asarray(mean - mean.mean(1, keepdims=True))[0]
    np.testing.assert_allclose(slopes[:, inactive], 0.7 * deviation[:, inactive], rtol=1e-3, atol=1e-5)
    assert np.abs(slopes[:, ~inactive] - 0.7 * deviation[:, ~inactive]).max() > 1e-3  # the active ones learn from the picture
    moved = mean.at[0, 0, np.flatnonzero(inactive)[0]].add(1.0).at[0, 1, np.flatnonzero(inactive)[0]].add(-1.0)
    no_pull = rule.set(invariance=0.0)
    assert np.isclose(float(_error(no_pull, net, held, mean, spread)), float(_error(no_pull, net, held, moved, spread)), rtol=1e-5)


def _error(rule, net, held, mean, spread):
    """The error of the pictures rendered from clamped codes."""
    active = rule.active(held.y, net.code)[:, None]
    code = jnp.where(active, mean, mean.mean(1, keepdims=True))
    return jnp.mean((net.render(code) - held.x) ** 2)


def test_the_divergence_of_the_active_units_is_that_of_normal_densities(net):
    held, none = batch(net, 2), Clamped(2, beta=0.0, invariance=0.0)
    whole = none.set(beta=1.0)
    costs = [rule.price(net, held, jax.random.key(0), 0).value for rule in (whole, none)]
    mean, spread = (np.asarray(a)[0, :, 2:] for a in net.describe(held.x))
    wanted = np.sum(0.5 * (np.exp(spread) + mean**2 - 1 - spread), axis=1).mean()
    np.testing.assert_allclose(costs[0] - costs[1], wanted, rtol=1e-3)


def test_the_noise_falls_by_equal_factors_and_only_the_gradient_knows(net):
    rule = Clamped(2, noise=0.1, first_noise=0.9, cooling=100)
    np.testing.assert_allclose([rule.noise_after(count) for count in (0, 50, 100, 900)], [0.9, 0.3, 0.1, 0.1], rtol=1e-5)
    bare = rule.set(beta=0.0, invariance=0.0)
    warm, cold = (bare.price(net, batch(net, 0), jax.random.key(0), count) for count in (0, 100))
    np.testing.assert_allclose(cold.value / warm.value, 81, rtol=1e-4)
    assert warm.logs["loss"] == cold.logs["loss"] and Clamped(2, noise=0.1).noise_after(0) == 0.1
    assert np.isclose(cold.value, cold.logs["loss"][0]) and np.isclose(cold.logs["error"][0] * 64 / (2 * 0.1**2), cold.value)
    with pytest.raises(ArgumentError, match="cannot fall"):
        Clamped(2, noise=0.5, first_noise=0.1, cooling=3)


def test_light_obeys_lamberts_law():
    """Seen from above, the brightest point of a ball has its normal halfway nowhere but at the light."""
    size, angle = 65, 40.0
    picture = render(np.array([[0.0, angle, 1.0]]), size)[0, ..., 0]
    row, column = np.unravel_index(picture.argmax(), picture.shape)
    across = ((column + 0.5) / size * 2 - 1) / 0.85
    assert abs(row - size // 2) <= 1 and abs(across - np.sin(np.deg2rad(angle))) < 0.05


def test_turning_a_scene_turns_its_picture():
    upright, lying = render(np.array([[90.0, 0.0, 0.5], [0.0, 0.0, 0.5]]))[..., 0]
    np.testing.assert_allclose(upright, np.rot90(lying), atol=1e-5)


def test_mirrored_light_mirrors_the_picture():
    one, other = render(np.array([[0.0, 50.0, 0.5], [0.0, -50.0, 0.5]]))[..., 0]
    np.testing.assert_allclose(one, other[:, ::-1], atol=1e-6)


def test_in_a_group_one_factor_varies():
    held = clamped_scenes(7, 5, size=8, seed=3)
    moving = np.ptp(held.factors, axis=1) > 0
    assert moving.sum(1).tolist() == [1] * 7 and moving.argmax(1).tolist() == held.y.tolist()


def test_r2_is_the_square_of_the_correlation():
    code, factors = np.random.default_rng(0).normal(size=(2, 50, 3))
    wanted = np.corrcoef(code[:, 1], factors[:, 2])[0, 1] ** 2
    assert np.isclose(explained_shares(code, factors)[1, 2], wanted)
    assert turned(code[:1], 1, [5.0, 6.0])[0, :, 1].tolist() == [5.0, 6.0]


def test_the_picture_goes_round_the_mean_of_codes():
    held, (pictures, _) = clamped_scenes(6, 4, size=8), free_scenes(5, size=8)
    net = InverseGraphicsNetwork(3, pinned=2, filters=(2, 3), hidden=4, seed=0)
    net.fit(held.x, held.y, epochs=1, verbose=0)
    shown = np.asarray(net.draw(pictures, [0.0]).axes[0].images[0].get_array())
    middle = net.decode(net.encode(pictures).mean(0, keepdims=True))[0, ..., 0]
    for unit in range(3):
        np.testing.assert_allclose(shown[9 * unit : 9 * unit + 8, :8], middle, atol=1e-5)


def test_groups_that_cannot_teach_are_refused():
    held = clamped_scenes(6, 4, size=8)
    small = {"filters": (2, 3), "hidden": 4}
    for x, y, said in (
        (held.x[:, 0], held.y, "no groups"),
        (held.x, None, "which factor"),
        (held.x, held.y + 1, "which factor"),
        (held.x[:, :, :7], held.y, "halved twice"),
        (held.x * 255, held.y, "0 to 1"),
    ):
        with pytest.raises(DataError, match=said):
            InverseGraphicsNetwork(3, pinned=2, **small).fit(x, y, verbose=0)
    with pytest.raises(ArgumentError, match="code=1"):
        InverseGraphicsNetwork(0)
    with pytest.raises(ArgumentError, match="pin at least"):
        InverseGraphicsNetwork(2, pinned=3)
    lonely = InverseGraphicsNetwork(3, pinned=2, **small)
    with pytest.warns(UnseenFactorWarning, match="factor 1"):
        lonely.meet(held.x, np.where(held.y == 1, 0, held.y))
    with pytest.raises(ShapeError, match="same size"):
        lonely.encode(free_scenes(2, size=12)[0])
    with pytest.raises(ShapeError, match="not 3"):
        lonely.decode(np.zeros((1, 2)))
