"""Figures of how one candidate errs: `confusion_matrix`, `calibration` and `roc` for classes, `residuals` for numbers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from neuralzoo.inspect.style import BASELINE, NETWORK, PANEL, SMALL, STYLE, WIDTH, bare, legend, name, plain, sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def confusion_matrix(counts: np.ndarray, class_names: Sequence[str]) -> "Figure":
    """Counts by true class (rows) and predicted class (columns), shaded by the share of the row; misses are orange."""
    from matplotlib.patches import Rectangle

    counts = np.asarray(counts)
    n, longest = len(counts), max((len(str(c)) for c in class_names), default=1)
    cell = float(np.clip(4.6 / n, 0.235, 0.72))
    upright = min(longest, 18) * 0.075 > cell  # inches: neighbours would touch
    side = n * cell + 0.75
    figure, (ax,) = sheet(min(side + 0.085 * min(longest, 18), WIDTH), side + (0.06 * min(longest, 18) if upright else 0))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = SMALL if n <= 12 else 7.5 if n <= 20 else 6
    for i, j in np.argwhere(counts > 0):
        share = float(shares[i, j])
        tone = min(0.12 + 0.88 * share, 1.0)
        ax.add_patch(Rectangle((j - 0.48, i - 0.48), 0.96, 0.96, facecolor=NETWORK if i == j else BASELINE, alpha=tone, linewidth=0))
        colour = "#fefefe" if tone > 0.55 else STYLE["ink"]
        ax.text(j, i, f"{counts[i, j]:,}", ha="center", va="center", fontsize=size, color=colour)
    bare(ax)
    labels = [plain(c, 18) for c in class_names]
    ax.set_xticks(range(n), labels, rotation=45 if upright else 0, ha="right" if upright else "center", rotation_mode="anchor")
    ax.set_yticks(range(n), labels)
    ax.set(xlim=(-0.5, n - 0.5), ylim=(n - 0.5, -0.5), aspect="equal")
    ax.tick_params(labelsize=max(size, 7), labelcolor=STYLE["ink"])
    name(ax, "predicted class", "true class")
    return figure


def residuals(truth: np.ndarray, predicted: np.ndarray, *, unit: str = "") -> "Figure":
    """Predicted against true values beside the histogram of the errors (predicted − true)."""
    truth, predicted = np.asarray(truth, float), np.asarray(predicted, float)
    figure, (left, right) = sheet(WIDTH, 3.3, 2, ratios=(1.15, 1))
    rows = np.random.default_rng(0).choice(len(truth), 1500, replace=False) if len(truth) > 1500 else np.arange(len(truth))
    low, high = np.min([truth.min(), predicted.min()]), np.max([truth.max(), predicted.max()])
    left.plot([low, high], [low, high], color=STYLE["muted"], linewidth=1, dashes=(4, 3))
    left.scatter(truth[rows], predicted[rows], s=14 if len(rows) < 400 else 7, color=NETWORK, alpha=0.55, linewidths=0)
    name(left, f"true value{f' ({unit})' if unit else ''}", "predicted value")
    errors = predicted - truth
    right.hist(
        errors, bins=min(max(int(np.sqrt(len(errors)) * 1.4), 8), 40), color=NETWORK, alpha=0.8, edgecolor=STYLE["paper"], linewidth=0.8
    )
    right.axvline(0, color=STYLE["ink"], linewidth=1)
    right.axvline(errors.mean(), color=BASELINE, linewidth=1.8, linestyle=(0, (4, 1.5)))
    name(right, "error: predicted − true", "rows", f"mean error {errors.mean():.3g} (dashed)")
    return figure


def calibration(truth: np.ndarray, probabilities: np.ndarray, *, bins: int = 10) -> "Figure":
    """Reliability: of the rows given a confidence near p, which share is right; bins hold equal numbers of rows.

    Murphy and Winkler 1977; Guo et al. 2017, "On calibration of modern neural networks".
    """
    probabilities, truth = np.asarray(probabilities, float), np.asarray(truth)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    parts = np.array_split(np.argsort(confidence, kind="stable"), min(bins, max(len(truth) // 10, 1)))
    figure, (ax,) = sheet(PANEL, 3.1)
    start = 1 / probabilities.shape[1]
    ax.plot([start, 1], [start, 1], color=STYLE["muted"], linewidth=1, dashes=(4, 3), label="perfectly calibrated")
    points = np.array([(confidence[p].mean(), right[p].mean()) for p in parts])
    ax.plot(*points.T, "o-", color=NETWORK, linewidth=1.8, markersize=5, label=f"{len(parts)} groups of {len(truth) // len(parts)} rows")
    gap = float(sum(len(p) * abs(c - a) for p, (c, a) in zip(parts, points, strict=True)) / len(truth))
    ax.set(xlim=(start - 0.02, 1.02), ylim=(min(start, points[:, 1].min()) - 0.02, 1.02))
    name(ax, "confidence", "share that is right", f"mean gap {gap:.3f}")
    legend(ax, place="upper left")
    return figure


def roc(truth: np.ndarray, scores: np.ndarray) -> "Figure":
    """Hits against false alarms over all thresholds of the second class's probability; the area is the ROC AUC."""
    truth, scores = np.asarray(truth, bool), np.asarray(scores, float)
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.diff(scores[order], append=-np.inf))  # equal scores share one point
    hits = np.r_[0, np.cumsum(truth[order])[ends]] / max(truth.sum(), 1)
    alarms = np.r_[0, np.cumsum(~truth[order])[ends]] / max((~truth).sum(), 1)
    figure, (ax,) = sheet(PANEL, 3.1)
    ax.plot([0, 1], [0, 1], color=STYLE["muted"], linewidth=1, dashes=(4, 3))
    ax.fill_between(alarms, hits, color=NETWORK, alpha=0.1, linewidth=0)
    ax.plot(alarms, hits, color=NETWORK, linewidth=2)
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    name(ax, "false alarms", "hits", f"area {np.trapezoid(hits, alarms):.3f}")
    return figure
