"""Figures of a study, one function each. All return a matplotlib `Figure`; `as_svg` and `as_png_data_uri` embed it in a page.

>>> figure = learning_curves({"loss": [1.0, 0.5, 0.4], "val_loss": [1.1, 0.6, 0.6]}, None)
>>> as_svg(figure).startswith("<svg")
True
"""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from neuralzoo.inspect.error_plots import calibration, confusion_matrix, residuals, roc
from neuralzoo.inspect.style import (
    BARS,
    BASELINE,
    NETWORK,
    PANEL,
    SMALL,
    STYLE,
    TEXT,
    TRAINING,
    VALIDATION,
    WIDTH,
    bare,
    legend,
    name,
    plain,
    sheet,
)
from neuralzoo.inspect.svg import as_png_data_uri, as_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from neuralzoo.study.records import Diagnosis, Evaluated, Score

__all__ = [
    "as_png_data_uri",
    "as_svg",
    "calibration",
    "class_balance",
    "confusion_matrix",
    "curve_keys",
    "image_grid",
    "importance_bars",
    "importance_map",
    "learning_curves",
    "residuals",
    "roc",
    "score_bars",
]


def learning_curves(history: Mapping[str, Sequence[float]], diagnosis: "Diagnosis | None" = None, *, keys: Sequence[str] = ()) -> "Figure":
    """A panel for each of `keys`: by default the loss, and the first metric where there is one; a ring marks the best epoch."""
    shown = list(keys) or curve_keys(history)
    figure, axes = sheet(PANEL if len(shown) == 1 else WIDTH, 2.75, len(shown))
    best = _best_epoch(history.get("val_loss", ()))
    for ax, key in zip(axes, shown, strict=True):
        _curves(ax, history, key, best)
        name(ax, "epoch", key.replace("_", " "), diagnosis.name if diagnosis and key == "loss" else "")
    legend(axes[0])
    return figure


def curve_keys(history: Mapping[str, Sequence[float]]) -> list[str]:
    """What of a history is worth a curve: the loss and the first metric."""
    metrics = [key for key in history if key != "loss" and not key.startswith("val_") and "rate" not in key and key != "lr"]
    return ["loss", *metrics[:1]]


def _curves(ax: "Axes", history: Mapping[str, Sequence[float]], key: str, best: int | None) -> None:
    from matplotlib.ticker import MaxNLocator

    drawn = []
    for side, colour, label, dashes in ((key, TRAINING, "training", "-"), (f"val_{key}", VALIDATION, "validation", (0, (4, 1.5)))):
        values = np.array(history.get(side, ()), float)
        values[~np.isfinite(values)] = np.nan
        if len(values):
            marker = "o" if len(values) <= 12 else ""
            ax.plot(
                np.arange(1, len(values) + 1),
                values,
                color=colour,
                linestyle=dashes,
                linewidth=1.8,
                marker=marker,
                markersize=3,
                label=label,
            )
            drawn.append(values)
    validation = history.get(f"val_{key}", ())
    if best is not None and best < len(validation):
        ring = {"markersize": 8, "markeredgewidth": 1.6, "markeredgecolor": VALIDATION, "markerfacecolor": "none"}
        ax.plot([best + 1], [validation[best]], "o", linestyle="none", label=f"best epoch, {best + 1}", **ring)
    finite = np.concatenate(drawn)[np.isfinite(np.concatenate(drawn))] if drawn else np.zeros(0)
    if key == "loss" and len(finite) and finite.min() > 0 and finite.max() > 100 * np.median(finite):
        ax.set_yscale("log")
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))


def _best_epoch(losses: Sequence[float]) -> int | None:
    values = np.array(losses, float)
    return int(np.nanargmin(values)) if np.isfinite(values).any() else None


def score_bars(evaluated: Sequence["Evaluated"], metric: str) -> "Figure":
    """Each candidate's test score as a dot with its 95 % interval; networks are round and blue, baselines square and orange.

    A candidate far off, as plain guessing often is, is pointed at from the edge, so that the others stay apart.
    """
    shown = [e for e in evaluated if metric in e.scores]
    figure, (ax,) = sheet(BARS, 0.9 + 0.32 * max(len(shown), 2))
    low, high = _window([e.scores[metric] for e in shown])
    for k, e in enumerate(shown):
        score, network = e.scores[metric], e.kind == "network"
        colour = NETWORK if network else BASELINE
        if low <= score.value <= high:
            ax.hlines(k, max(score.low, low), min(score.high, high), color=colour, linewidth=2.4, alpha=0.45)
            ax.plot([score.value], [k], "o" if network else "s", linestyle="none", color=colour, markersize=6.5, label=e.kind)
        else:
            left, words = score.value < low, f"{score.value:.3g}"
            edge, side = (low, "left") if left else (high, "right")
            ax.text(edge, k, f"◂ {words}" if left else f"{words} ▸", ha=side, va="center", fontsize=SMALL, color=colour)
    _name_rows(ax, [e.name for e in shown])
    ax.set_xlim(low, high)
    name(ax, f"{metric} on the test rows, 95 % interval")
    handles = dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True))
    if len(handles) > 1:
        figure.legend(handles.values(), handles, loc="outside upper right", ncols=2, frameon=False, fontsize=SMALL, labelcolor=STYLE["ink"])
    return figure


def _window(scores: Sequence["Score"]) -> tuple[float, float]:
    """The limits within which scores are drawn: of all, or without the one that would squeeze the others together."""
    if not scores:
        return 0.0, 1.0
    ordered = sorted(scores, key=lambda s: s.value)
    for part in (ordered, ordered[1:], ordered[:-1]):
        low, high = min(s.low for s in part), max(s.high for s in part)
        others = [s for s in ordered if s not in part]
        if others and all(abs(s.value - (low + high) / 2) > 2.5 * (high - low) for s in others):
            break
    else:
        low, high = min(s.low for s in ordered), max(s.high for s in ordered)
    margin = 0.05 * (high - low) or 0.05 * max(abs(high), 1e-9)
    return low - margin, high + margin


def importance_bars(importance: Mapping[str, tuple[float, float]], metric: str = "score", *, most: int = 15) -> "Figure":
    """How much `metric` worsens when a column is shuffled: mean ± standard deviation over the repeats, largest first."""
    ranked = sorted(importance.items(), key=lambda item: -item[1][0])[:most]
    figure, (ax,) = sheet(BARS, 0.75 + 0.27 * max(len(ranked), 2))
    means, spreads = np.array([v for _, v in ranked], float).reshape(-1, 2).T
    ax.barh(range(len(ranked)), means, height=0.62, color=NETWORK, alpha=0.85, linewidth=0)
    ax.errorbar(means, range(len(ranked)), xerr=spreads, fmt="none", ecolor=STYLE["ink"], elinewidth=1, alpha=0.7)
    ax.axvline(0, color=STYLE["muted"], linewidth=0.8)
    _name_rows(ax, [key for key, _ in ranked])
    name(ax, f"loss of {metric} when the column is shuffled")
    return figure


def class_balance(counts: Sequence[int], class_names: Sequence[str], *, most: int = 30) -> "Figure":
    """How many rows each class has, with its share."""
    order = np.argsort(-np.asarray(counts), kind="stable")[:most] if len(counts) > most else np.arange(len(counts))
    shown, total = np.asarray(counts)[order], max(int(np.sum(counts)), 1)
    figure, (ax,) = sheet(BARS, 0.55 + 0.27 * max(len(shown), 2))
    ax.barh(range(len(shown)), shown, height=0.62, color=NETWORK, alpha=0.85, linewidth=0)
    for k, count in enumerate(shown):
        ax.annotate(
            f"{count:,}  ·  {count / total:.1%}",
            (count, k),
            (6, 0),
            textcoords="offset points",
            va="center",
            fontsize=SMALL,
            color=STYLE["ink"],
        )
    _name_rows(ax, [class_names[int(i)] for i in order])
    ax.set_xlim(0, max(shown.max(initial=1), 1) * 1.18)
    name(ax, "rows" if len(counts) <= most else f"rows; the {most} largest of {len(counts)} classes")
    return figure


def importance_map(importance: Mapping[str, tuple[float, float]]) -> "Figure":
    """The importance of picture patches, named "rows 1–4, columns 5–8", laid out as they lie in the picture; darker matters more."""
    from matplotlib.patches import Rectangle

    figure, (ax,) = sheet(3.6, 3.3)
    bare(ax)
    top = max((mean for mean, _ in importance.values()), default=0) or 1
    for label, (mean, _) in importance.items():
        first, last, left, right = map(int, re.findall(r"\d+", label))
        if mean > 0:
            box = ((left - 0.46, first - 0.46), right - left + 0.92, last - first + 0.92)
            ax.add_patch(Rectangle(*box, facecolor=NETWORK, alpha=0.05 + 0.95 * mean / top, linewidth=0))
    corners = np.array([re.findall(r"\d+", label) for label in importance], int)
    ax.set(xlim=(0.5, corners[:, 3].max() + 0.5), ylim=(corners[:, 1].max() + 0.5, 0.5), aspect="equal")
    for spine in ax.spines.values():
        spine.set(visible=True, color=STYLE["grid"], linewidth=0.8)
    name(ax, "column of pixels", "row of pixels")
    return figure


def image_grid(images: Sequence[np.ndarray], captions: Sequence[str], *, columns: int = 6) -> "Figure":
    """Pictures (height, width, channels) in rows, each with a caption below; grey ones are stretched to their own range."""
    from matplotlib.figure import Figure

    rows = -(-len(images) // columns)
    figure = Figure(figsize=(WIDTH, 1.6 * max(rows, 1)), facecolor=STYLE["paper"], layout="constrained")
    for k, ax in enumerate(figure.subplots(max(rows, 1), columns, squeeze=False).flat):
        ax.set_axis_off()
        if k < len(images):
            pixels = np.asarray(images[k], float)
            span = (pixels.min(), max(pixels.max(), pixels.min() + 1e-12))
            pixels = (pixels - span[0]) / (span[1] - span[0])
            ax.imshow(pixels.squeeze(), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
            ax.set_title(plain(captions[k], 24), fontsize=SMALL, color=STYLE["ink"], y=-0.2)
    return figure


def _name_rows(ax: "Axes", names: Sequence[str]) -> None:
    """Names at the left of horizontal marks, the first on top."""
    bare(ax, grid="x")
    ax.set_yticks(range(len(names)), [plain(n, 30) for n in names], fontsize=TEXT)
    ax.tick_params(axis="y", labelcolor=STYLE["ink"])
    ax.set_ylim(len(names) - 0.4, -0.6)
