"""Figures inside a page: compact SVG whose ids never collide and whose colours follow the page, or PNG as a data URI."""

import hashlib
import io
import re
import warnings
from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING

from neuralzoo.inspect.style import STYLE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def as_svg(figure: "Figure", *, title: str = "", themed: bool = False) -> str:
    """`figure` as one `<svg>` element to put into HTML: text stays text, in the reader's system font.

    `themed`: house colours become CSS variables (`--nz-ink`, `--nz-blue`…, the printed colours being their defaults), so that a
    page can turn its figures dark. The same figure gives the same text, byte for byte.
    """
    import matplotlib

    out = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "neuralzoo"}), _glyphs_may_be_missing():
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _tidy(out.getvalue(), title, themed)


def as_png_data_uri(figure: "Figure", *, dpi: int = 144) -> str:
    """`figure` as `data:image/png;base64,…`, for pictures, which SVG would only wrap."""
    out = io.BytesIO()
    with _glyphs_may_be_missing():
        figure.savefig(out, format="png", dpi=dpi, metadata={"Software": None})
    return "data:image/png;base64," + b64encode(out.getvalue()).decode()


def _tidy(svg: str, title: str, themed: bool) -> str:
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*|<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', svg))
    prefix = "nz" + hashlib.sha256(svg.encode()).hexdigest()[:8] + "-"  # two figures in a page must not share ids
    svg = re.sub(r' id="([^"]*)"', lambda m: f' id="{prefix}{m[1]}"' if m[1] in used else "", svg)
    svg = re.sub(r'(url\(#|href="#)', rf"\1{prefix}", svg)
    svg = re.sub(r'( (?:d|x|y|transform)=")([^"]*)', lambda m: m[1] + re.sub(r"(\d+\.\d\d)\d+", r"\1", m[2]), svg)
    svg = re.sub(r"font-family: [^;\"]*;? ?", "", svg)  # said once, on the whole
    svg = re.sub(r"(font: [^;\"]*?px) [^;\"]*", rf"\1 {FONTS}", svg)
    svg = re.sub(r"<g>\s*</g>\s*|\n\s*(?=[<\"])|(?<=\")\n", lambda m: " " if m[0].startswith("\n") and "<" not in m[0] else "", svg)
    if themed:
        for name, colour in STYLE.items():
            svg = svg.replace(f": {colour}", f": var(--nz-{name}, {colour})")
    label = f' role="img" aria-label="{escape(title)}"' if title else ' aria-hidden="true"'
    return svg.replace("<svg", f'<svg style="font-family: {FONTS}"{label}', 1).rstrip()


def _glyphs_may_be_missing() -> warnings.catch_warnings:
    """The browser has glyphs for names that matplotlib's own font lacks."""
    return warnings.catch_warnings(action="ignore", category=UserWarning)
