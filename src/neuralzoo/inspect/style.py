"""The one look of every figure: colours, sizes, and a sheet of empty axes that already wears them.

Colours are Okabe and Ito's, which stay apart for every kind of colour vision (Color Universal Design, 2008); whatever
colour says is said by the marker or by a word too. Nothing here touches matplotlib's global settings.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLE = {
    "ink": "#1c2430",
    "muted": "#5d6978",
    "grid": "#dfe4ea",
    "paper": "#ffffff",
    "blue": "#0072b2",
    "orange": "#d55e00",
    "green": "#009e73",
    "purple": "#a8558a",
}
NETWORK, BASELINE = STYLE["blue"], STYLE["orange"]
TRAINING, VALIDATION = STYLE["blue"], STYLE["orange"]

WIDTH = 7.5  # inches: a column of 720 px in a browser, where one inch is 96 px
BARS = 6.0  # inches: horizontal bars, still legible when a telephone shrinks them
PANEL = 3.6  # inches: half the column; two stand side by side, or one below the other on a telephone
TEXT, SMALL = 9.5, 8.5  # points: 12.7 and 11.3 px in that column


def sheet(width: float, height: float, columns: int = 1, *, ratios: Sequence[float] | None = None) -> "tuple[Figure, list[Axes]]":
    """A figure of `width` × `height` inches with one row of dressed axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), facecolor=STYLE["paper"], layout="constrained")
    figure.get_layout_engine().set(w_pad=0.06, h_pad=0.06, wspace=0.06)  # type: ignore[union-attr]
    axes = list(figure.subplots(1, columns, squeeze=False, gridspec_kw={"width_ratios": ratios} if ratios else None)[0])
    for ax in axes:
        dress(ax)
    return figure, axes


def dress(ax: "Axes") -> None:
    """Light grid below the data, two quiet spines, small legible ticks."""
    ax.set_axisbelow(True)
    ax.set_facecolor("none")
    ax.grid(visible=True, color=STYLE["grid"], linewidth=0.8)
    ax.tick_params(labelsize=SMALL, labelcolor=STYLE["muted"], color=STYLE["grid"], length=0, pad=5)
    ax.spines[["top", "right"]].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set(color=STYLE["muted"], linewidth=0.8)


def bare(ax: "Axes", *, grid: str | None = None) -> None:
    """No spines, and grid lines only across one axis ("x", "y") or none: for dots, bars and matrices."""
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.grid(visible=False)
    if grid == "x":
        ax.xaxis.grid(visible=True, color=STYLE["grid"], linewidth=0.8)
    elif grid == "y":
        ax.yaxis.grid(visible=True, color=STYLE["grid"], linewidth=0.8)


def name(ax: "Axes", x: str = "", y: str = "", title: str = "") -> None:
    """Axis names in ink, the title at the left in bold."""
    ax.set_xlabel(plain(x), fontsize=TEXT, color=STYLE["ink"], labelpad=6)
    ax.set_ylabel(plain(y), fontsize=TEXT, color=STYLE["ink"], labelpad=6)
    if title:
        ax.set_title(plain(title), fontsize=TEXT + 0.5, color=STYLE["ink"], fontweight="bold", loc="left", pad=10)


def legend(ax: "Axes", *, place: Literal["best", "upper left"] = "best") -> None:
    """A frameless legend in ink, where there is anything to tell apart."""
    if len(ax.get_legend_handles_labels()[1]) > 1:
        ax.legend(loc=place, frameon=False, fontsize=SMALL, labelcolor=STYLE["ink"], handlelength=1.4)


def plain(text: object, longest: int = 60) -> str:
    """`text` as a figure can hold it: shortened, on one line, and with dollars that are not taken for mathematics.

    >>> plain("price in $ and $")
    'price in \\\\$ and \\\\$'
    >>> plain("sepal length (cm)", 9)
    'sepal le…'
    """
    line = " ".join("".join(c if c.isprintable() or c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in str(text)).split())
    return (line if len(line) <= longest else line[: longest - 1].rstrip() + "…").replace("$", r"\$")
