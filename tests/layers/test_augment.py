"""Laws of image augmentation: what each layer may do to a picture, and how often; SciPy, PIL and colorsys as references."""

import colorsys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy import ndimage

from neuralzoo.core.errors import ArgumentError, ShapeError
from neuralzoo.layers import (
    CenterCrop,
    Chain,
    RandomBrightness,
    RandomColorJitter,
    RandomColorPCA,
    RandomContrast,
    RandomCrop,
    RandomErasing,
    RandomFlip,
    RandomHue,
    RandomRotation,
    RandomSaturation,
    RandomTranslation,
    RandomZoom,
    Resizing,
    ZeroPadding2D,
)

KEY = jax.random.key(0)
UNIT = (0.0, 1.0)
ALL = [
    RandomCrop(7, 6),
    RandomFlip(),
    RandomErasing(value_range=UNIT),
    RandomTranslation(0.3, 0.3),
    RandomRotation(0.2),
    RandomZoom(0.3),
    RandomBrightness(0.3, UNIT),
    RandomContrast(0.5, UNIT),
    RandomSaturation(0.9, UNIT),
    RandomHue(0.5, UNIT),
    RandomColorJitter(UNIT, 0.2, 0.2, 0.8, 0.2),
    RandomColorPCA(0.3, UNIT),
]


def images(n=4, height=8, width=7, channels=3, seed=1):
    return jax.random.uniform(jax.random.key(seed), (n, height, width, channels))


@jax.jit
def trained(layer, x, key=KEY):
    return layer.forward(x, key)[0]


def copies(x, n=2000):
    return jnp.broadcast_to(x, (n, *x.shape[1:]))


@pytest.mark.parametrize("layer", ALL, ids=lambda layer: type(layer).__name__)
def test_the_deployed_layer_is_deterministic_and_each_image_has_its_own_draw(layer):
    x = copies(images(1), 20)
    same = layer(x)
    assert bool((same == same[:1]).all())
    y = trained(layer, x)
    assert y.shape == same.shape
    assert bool((y == trained(layer, x)).all())
    assert len({np.asarray(image).tobytes() for image in y}) > 1
    assert not bool((trained(layer, x, jax.random.key(9)) == y).all())


@pytest.mark.parametrize("layer", ALL, ids=lambda layer: type(layer).__name__)
def test_whole_numbers_are_taken_and_what_is_no_image_is_refused(layer):
    x = jnp.arange(4 * 8 * 7 * 3, dtype=jnp.uint8).reshape(4, 8, 7, 3) % 2
    assert trained(layer, x).dtype == layer(x).dtype == jnp.float32
    with pytest.raises(ShapeError, match="images"):
        layer.build(jax.ShapeDtypeStruct((4, 8), jnp.float32), KEY)


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 6), st.integers(1, 5), st.integers(0, 99))
def test_a_random_crop_is_a_part_of_its_image(height, width, seed):
    x = jnp.arange(3 * 6 * 5.0).reshape(3, 6, 5, 1)
    y = np.asarray(trained(RandomCrop(height, width), x, jax.random.key(seed)))
    for image, cut in zip(np.asarray(x), y, strict=True):
        top, left = np.argwhere(image == cut[0, 0])[0][:2]
        np.testing.assert_array_equal(cut, image[top : top + height, left : left + width])


def test_every_place_of_a_random_crop_is_equally_likely():
    y = trained(RandomCrop(2, 2), copies(jnp.arange(12.0).reshape(1, 3, 4, 1), 6000))
    corners, counts = np.unique(y[:, 0, 0, 0], return_counts=True)
    assert corners.tolist() == [0, 1, 2, 4, 5, 6]
    assert np.all(np.abs(counts - 1000) < 5 * np.sqrt(1000))


def test_the_deployed_crop_is_the_middle():
    x = jnp.arange(25.0).reshape(1, 5, 5, 1)
    assert RandomCrop(3, 1)(x)[0, :, :, 0].tolist() == [[7], [12], [17]]
    assert bool((CenterCrop(3, 1)(x) == RandomCrop(3, 1)(x)).all())


def test_padding_and_cropping_is_one_chain():
    net = Chain([ZeroPadding2D(4), RandomCrop(32, 32), RandomFlip("horizontal")])
    x = images(2, 32, 32)
    net = net.build(x, KEY)
    np.testing.assert_array_equal(net(x), x)
    assert trained(net, x).shape == x.shape


@pytest.mark.parametrize("layer", [RandomCrop(9, 3), CenterCrop(3, 8), RandomCrop(0, 1)])
def test_a_crop_larger_than_the_image_is_refused(layer):
    with pytest.raises(ShapeError, match="cannot cut"):
        layer.build(images(), KEY)(images())


@pytest.mark.parametrize(
    ("mode", "flips"), [("horizontal", [(2,)]), ("vertical", [(1,)]), ("horizontal_and_vertical", [(2,), (1,), (1, 2)])]
)
def test_a_flip_is_an_involution_that_happens_half_the_time(mode, flips):
    x = images(1)
    y = trained(RandomFlip(mode), copies(x))
    shares = [float((y == jnp.flip(x, axes)).all((1, 2, 3)).mean()) for axes in [(), *flips]]
    assert sum(shares) == pytest.approx(1)
    assert all(abs(share - 1 / len(shares)) < 0.06 for share in shares)
    np.testing.assert_array_equal(trained(RandomFlip(mode), trained(RandomFlip(mode), x)), x)


@pytest.mark.parametrize("layer", [RandomRotation(0.0), RandomTranslation(0.0, 0.0), RandomZoom(0.0), RandomHue((0.0, 0.0), UNIT),
                                   RandomContrast(0.0, UNIT), RandomBrightness(0.0, UNIT), RandomSaturation((0.5, 0.5), UNIT),
                                   RandomErasing(0.0), RandomColorPCA(0.0, UNIT)], ids=lambda layer: type(layer).__name__)  # fmt: skip
def test_a_change_by_nothing_is_the_identity(layer):
    np.testing.assert_allclose(trained(layer, images()), images(), atol=2e-6)


def test_quarter_turns_are_exact_and_anticlockwise():
    x = images(2, 6, 6)
    for quarters in (1, 2, -1):
        y = trained(RandomRotation((quarters / 4, quarters / 4)), x)
        np.testing.assert_allclose(y, np.rot90(x, quarters, (1, 2)), atol=1e-5)


@pytest.mark.parametrize("fill_mode", ["constant", "nearest", "reflect"])
def test_rotation_agrees_with_scipy(fill_mode):
    x, part = images(1, 9, 9, 1), 0.07
    y = trained(RandomRotation((part, part), fill_mode, fill_value=0.3), x)
    reference = ndimage.rotate(np.asarray(x)[0, :, :, 0], 360 * part, reshape=False, order=1, mode=fill_mode, cval=0.3)
    inner = slice(2, -2) if fill_mode == "constant" else slice(None)  # SciPy fills a pixel as soon as one neighbour is outside
    np.testing.assert_allclose(y[0, inner, inner, 0], reference[inner, inner], atol=1e-5)


@pytest.mark.parametrize("fill_mode", ["constant", "nearest", "reflect", "wrap"])
def test_translation_by_whole_pixels_is_numpys_padding(fill_mode):
    x = np.asarray(images(1, 4, 5))
    y = trained(RandomTranslation((0.25, 0.25), (-0.4, -0.4), fill_mode), jnp.asarray(x))
    how = {"nearest": "edge", "reflect": "symmetric"}.get(fill_mode, fill_mode)
    padded = np.pad(x, ((0, 0), (1, 0), (0, 2), (0, 0)), how)
    np.testing.assert_allclose(y, padded[:, :4, 2:], atol=1e-6)


def test_zooming_out_shows_more_and_in_shows_less():
    ramp = jnp.broadcast_to(jnp.arange(9.0)[:, None], (9, 9))[None, :, :, None]
    wide = trained(RandomZoom((0.5, 0.5), fill_mode="constant", fill_value=-1.0), ramp)[0, :, 4, 0]
    near = trained(RandomZoom((-0.5, -0.5)), ramp)[0, :, 4, 0]
    np.testing.assert_allclose(np.diff(wide[2:7]), 1.5, atol=1e-5)
    np.testing.assert_allclose(near, np.linspace(2, 6, 9), atol=1e-5)
    assert float(wide[0]) == -1.0 and float(wide[4]) == float(near[4]) == 4.0


def test_factors_are_drawn_evenly_from_their_range():
    x = jnp.full((1, 2, 2, 1), 0.5)
    change = trained(RandomBrightness((-0.2, 0.4), UNIT), copies(x, 4000))[:, 0, 0, 0] - 0.5
    assert change.min() >= -0.2 and change.max() <= 0.4
    assert float(change.mean()) == pytest.approx(0.1, abs=0.02)
    assert float(change.std()) == pytest.approx(0.6 / np.sqrt(12), abs=0.01)


def test_contrast_keeps_the_mean_of_each_channel_and_brightness_is_clipped():
    x = 0.4 + 0.1 * images()
    y = trained(RandomContrast((0.5, 1.0), UNIT), x)
    np.testing.assert_allclose(y.mean((1, 2)), x.mean((1, 2)), rtol=1e-5)
    ratio = np.asarray(y.std((1, 2)) / x.std((1, 2)))
    np.testing.assert_allclose(ratio, ratio[:, :1].repeat(3, 1), rtol=1e-4)
    assert ratio.min() >= 0.5 and ratio.max() <= 2
    assert float(trained(RandomBrightness((0.9, 0.9), (0, 10)), x * 10).max()) == 10


def test_saturation_goes_from_grey_to_strong():
    x = images()
    grey = trained(RandomSaturation((0.0, 0.0), UNIT), x)
    luma = [np.asarray(Image.fromarray(np.uint8(255 * image)).convert("L")) for image in np.asarray(x)]
    np.testing.assert_allclose(grey[..., 0] * 255, luma, atol=2)
    np.testing.assert_allclose(grey, grey[..., :1].repeat(3, -1), rtol=1e-5)
    strong = trained(RandomSaturation((0.6, 0.6), UNIT), 0.4 + 0.2 * x)
    assert float(strong.std(-1).mean()) == pytest.approx(1.5 * float(0.2 * x.std(-1).mean()), rel=1e-3)


def test_a_third_of_a_turn_of_hue_changes_red_into_green_or_blue():
    red = jnp.broadcast_to(jnp.array([1.0, 0.0, 0.0]), (200, 1, 1, 3))
    y = np.asarray(trained(RandomHue((2 / 3, 2 / 3), UNIT), red))[:, 0, 0]
    hues = np.unique(np.round([colorsys.rgb_to_hsv(*pixel)[0] for pixel in y], 4))
    np.testing.assert_allclose(hues, [1 / 3, 2 / 3], atol=1e-3)
    x = 0.4 + 0.2 * images()
    np.testing.assert_allclose(trained(RandomHue(1.0, UNIT), x).mean(-1), x.mean(-1), atol=1e-6)


def test_colour_noise_follows_the_main_colours_of_the_image():
    direction = jnp.array([0.6, 0.8, 0.0])
    x = 0.4 + 0.2 * images(1, 8, 8, 1) * direction
    shade = np.asarray(trained(RandomColorPCA(0.3, UNIT), copies(x, 3000)) - x)
    np.testing.assert_allclose(shade, shade[:, :1, :1].repeat(8, 1).repeat(8, 2), atol=1e-6)
    np.testing.assert_allclose(np.abs(shade[:, 0, 0] @ np.array([0.8, -0.6, 0.0])), 0, atol=1e-4)
    assert shade[:, 0, 0].std(0) @ np.abs(direction) == pytest.approx(0.3 * float((x @ direction).std()), rel=0.05)


def test_erasing_paints_one_rectangle_of_the_right_size():
    x = jnp.ones((300, 40, 50, 1))
    y = np.asarray(trained(RandomErasing((0.5, 0.5), (0.1, 0.4), fill_value=0.0), x))[..., 0]
    erased = y == 0
    touched = erased.any((1, 2))
    assert abs(touched.mean() - 0.5) < 0.15
    for mask in erased[touched]:
        rows, columns = mask.any(1), mask.any(0)
        np.testing.assert_array_equal(mask, rows[:, None] & columns)
        assert 0.3 * 40 - 2 <= rows.sum() <= 0.64 * 40 + 2
        assert 0.3 * 50 - 2 <= columns.sum() <= 0.64 * 50 + 2


def test_resizing_agrees_with_pillow_and_can_keep_the_proportions():
    x = images(1, 12, 16, 1)
    y = Resizing(6, 8, antialias=True)(x)[0, :, :, 0]
    reference = Image.fromarray(np.asarray(x)[0, :, :, 0]).resize((8, 6), Image.Resampling.BILINEAR)
    np.testing.assert_allclose(y, np.asarray(reference), atol=1e-3)
    square = Resizing(6, 6, "nearest", crop_to_aspect_ratio=True)(x)
    np.testing.assert_array_equal(square, Resizing(6, 6, "nearest")(x[:, :, 2:14]))


def test_gradients_flow_through_a_warp():
    layer = RandomRotation(0.1)
    slope = jax.grad(lambda x: jnp.sum(trained(layer, x)))(images())
    assert bool(jnp.isfinite(slope).all()) and float(slope.sum()) == pytest.approx(images().size, rel=1e-4)


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: RandomFlip("sideways"), "sideways"),
        (lambda: RandomRotation(0.1, fill_mode="mirror"), "mirror"),
        (lambda: RandomRotation(0.1, interpolation="cubic"), "cubic"),
        (lambda: RandomTranslation((0.5, 0.2), 0.1), "height_factor"),
        (lambda: RandomZoom(0.1, -0.2), "width_factor"),
        (lambda: RandomBrightness(-0.1), "factor"),
        (lambda: RandomContrast((1.5, 0.1)), "factor"),
        (lambda: RandomErasing(scale=(0.5, 0.2)), "scale"),
        (lambda: RandomColorJitter(hue_factor=2.0), "factor"),
        (lambda: RandomColorPCA(-1.0), "stddev"),
        (lambda: Resizing(4, 4, "bicubik"), "bicubik"),
        (lambda: Resizing(0, 4), "0 × 4"),
    ],
)
def test_settings_that_make_no_sense_are_refused(make, named):
    with pytest.raises(ArgumentError, match=named):
        make()


def test_colours_are_needed_for_colour():
    with pytest.raises(ShapeError, match="three colours"):
        trained(RandomHue(0.1), images(channels=1))
