"""Figures are the same for the same input, share no ids, survive any name, and show what they are given."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from neuralzoo.core.errors import ArgumentError
from neuralzoo.inspect import activation_curves, plots
from neuralzoo.inspect.space_plots import embedding_figure
from neuralzoo.inspect.spaces import Embedding
from neuralzoo.inspect.style import STYLE
from neuralzoo.study.records import Diagnosis, Evaluated, Score

RNG = np.random.default_rng(0)
HOSTILE = ["</svg><script>alert(1)</script>", "$x_{$", "日本語 🙂", "a\x00b\nc", "x" * 300, "", "\"&'"]
HISTORY = {"loss": [1.0, 0.5, 0.4], "val_loss": [1.1, 0.6, 0.7], "accuracy": [0.5, 0.7, 0.8], "val_accuracy": [0.4, 0.6, 0.6]}


def evaluated(name, kind, value):
    return Evaluated(name, kind, {"accuracy": Score(value, value - 0.02, value + 0.01)}, 1.0, value, 1.0, None)


def probabilities(n, classes):
    p = RNG.random((n, classes))
    return p / p.sum(axis=1, keepdims=True)


FIGURES = {
    "learning_curves": lambda: plots.learning_curves(HISTORY, Diagnosis("over-fit", "", "")),
    "confusion_matrix": lambda: plots.confusion_matrix(RNG.integers(0, 50, (7, 7)), HOSTILE),
    "residuals": lambda: plots.residuals(np.arange(50.0), np.arange(50.0) + 1),
    "score_bars": lambda: plots.score_bars([evaluated(n, "network", 0.9) for n in HOSTILE], "accuracy"),
    "importance_bars": lambda: plots.importance_bars(dict.fromkeys(HOSTILE, (0.1, 0.02))),
    "importance_map": lambda: plots.importance_map({"rows 1–2, columns 1–2": (0.1, 0.0), "rows 1–2, columns 3–4": (-0.1, 0.0)}),
    "class_balance": lambda: plots.class_balance([5] * 7, HOSTILE),
    "image_grid": lambda: plots.image_grid([np.zeros((4, 4, 1)), np.ones((4, 4, 3))], HOSTILE[:2]),
    "calibration": lambda: plots.calibration(np.arange(40) % 3, probabilities(40, 3)),
    "roc": lambda: plots.roc(np.arange(40) % 2, np.linspace(0, 1, 40)),
}


@pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES)
def test_every_figure_is_well_formed_svg_without_markup_from_names(make):
    svg = plots.as_svg(make(), title="<a title>")
    names = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(svg).iter()}
    assert names <= {"svg", "g", "defs", "style", "path", "text", "tspan", "clipPath", "rect", "use", "image"}


@pytest.mark.parametrize("name", ["learning_curves", "residuals", "score_bars", "roc"])
def test_the_same_input_gives_the_same_bytes(name):
    assert plots.as_svg(FIGURES[name]()) == plots.as_svg(FIGURES[name]())
    assert plots.as_png_data_uri(FIGURES[name](), dpi=40) == plots.as_png_data_uri(FIGURES[name](), dpi=40)


def test_different_figures_share_no_ids_and_every_reference_is_defined():
    found = [set(re.findall(r' id="([^"]+)"', plots.as_svg(make()))) for make in (FIGURES["residuals"], FIGURES["roc"])]
    assert found[0]
    assert not found[0] & found[1]
    svg = plots.as_svg(FIGURES["residuals"]())
    assert set(re.findall(r"url\(#([^)]+)\)", svg)) <= found[0]
    assert "http" not in re.sub(r'xmlns(:xlink)?="[^"]+"', "", svg)


def test_a_themed_figure_takes_its_colours_from_the_page():
    svg = plots.as_svg(FIGURES["roc"](), themed=True)
    assert f"var(--nz-blue, {STYLE['blue']})" in svg
    assert "var(--nz-ink" in svg
    assert "var(" not in plots.as_svg(FIGURES["roc"]())


def test_text_stays_text_in_the_readers_font():
    svg = plots.as_svg(FIGURES["roc"]())
    assert ">false alarms<" in svg
    assert "system-ui" in svg
    assert "DejaVu" not in svg


def test_confusion_matrix_writes_every_count_that_is_not_zero():
    counts = np.diag([11, 12, 13]) + np.eye(3, k=1, dtype=int) * 7
    texts = re.findall(r"<text[^>]*>([^<]+)<", plots.as_svg(plots.confusion_matrix(counts, ["cat", "dog", "owl"])))
    assert sorted(t for t in texts if t.isdigit()) == ["11", "12", "13", "7", "7"]
    assert texts.count("cat") == 2


@pytest.mark.parametrize("classes", [2, 10, 30])
def test_confusion_matrix_fits_its_column(classes):
    figure = plots.confusion_matrix(RNG.integers(0, 100, (classes, classes)), [f"class number {k}" for k in range(classes)])
    assert figure.get_figwidth() <= 7.5
    assert len(plots.as_svg(figure)) < 500_000


def test_scores_far_off_are_pointed_at_so_that_the_others_stay_apart():
    close = [evaluated(f"method {k}", "network", 0.95 + k / 100) for k in range(3)]
    (axes,) = plots.score_bars([*close, evaluated("majority class", "baseline", 0.1)], "accuracy").axes
    assert axes.get_xlim()[0] > 0.9
    assert any("0.1" in text.get_text() for text in axes.texts)
    (axes,) = plots.score_bars(close, "accuracy").axes
    assert not axes.texts


def test_learning_curves_ring_the_best_epoch_and_bear_nan():
    figure = plots.learning_curves({"loss": [1.0, 0.5, float("nan")], "val_loss": [1.0, 0.4, float("inf")]})
    (axes,) = figure.axes
    assert "best epoch, 2" in axes.get_legend_handles_labels()[1]
    assert plots.as_svg(plots.learning_curves({"loss": [float("nan")]})).startswith("<svg")


def test_roc_area_is_the_auc():
    from sklearn.metrics import roc_auc_score

    truth, scores = RNG.integers(0, 2, 200), RNG.random(200).round(1)
    (axes,) = plots.roc(truth, scores).axes
    assert axes.get_title("left") == f"area {roc_auc_score(truth, scores):.3f}"


def test_no_global_setting_of_matplotlib_is_left_changed():
    import matplotlib

    before = dict(matplotlib.rcParams)
    plots.as_svg(FIGURES["roc"]())
    assert dict(matplotlib.rcParams) == before


def test_activation_curves_draw_each_function_and_its_slope():
    (ax,) = activation_curves("tanh", reach=2.0).axes
    (x, y), (_, slope) = (line.get_data() for line in ax.lines)
    assert np.allclose(y, np.tanh(x), atol=1e-6)
    assert np.allclose(slope, 1 - np.tanh(x) ** 2, atol=1e-6)


def test_activation_curves_leave_a_gap_at_a_jump():
    ax = activation_curves("step").axes[0]
    assert np.isnan(ax.lines[0].get_ydata()).sum() == 1 and np.nanmax(ax.lines[1].get_ydata()) == 0


def test_activation_curves_of_nothing_say_what_to_name():
    with pytest.raises(ArgumentError, match="name activations"):
        activation_curves()


def test_ten_classes_of_points_have_ten_looks():
    figure = embedding_figure(Embedding("dense", "pca", np.eye(10, 2), np.ones(2), np.arange(10)))
    faces = [(str(s.get_paths()[0].vertices.tolist()), *s.get_facecolor()[0]) for s in figure.axes[0].collections]
    assert len(set(faces)) == 10
