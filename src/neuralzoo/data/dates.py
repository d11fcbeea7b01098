"""Dates written as text: which format, and when that was."""

import re
from typing import Any

from neuralzoo.data.frames import Series, load_pandas

_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y%m%d")
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f")
FORMATS = tuple(day + clock for day in _DAYS for clock in _CLOCKS) + tuple(f"%Y-%m-%dT{c.strip()}" for c in _CLOCKS[1:])


def date_format(texts: Series) -> str | None:
    """The format that every entry is written in, None where there is none.

    >>> import pandas
    >>> date_format(pandas.Series(["2024-12-31", "2025-01-01"]))
    '%Y-%m-%d'
    """
    pandas = load_pandas()

    first = texts.iloc[:50].astype(str).str.strip().str.replace(r"(Z|\+00:00)$", "", regex=True)
    if first.empty or not all(re.match(r"\d{1,4}[-/.]?\d{1,2}[-/.]?\d{1,4}", text) for text in first):
        return None
    if first.str.fullmatch(r"\d+").any() and not first.str.fullmatch(r"(19|20)\d{6}").all():
        return None
    for style in FORMATS:
        if pandas.to_datetime(first, format=style, errors="coerce").notna().all() and parse_dates(texts, style).notna().all():
            return style
    return None


def parse_dates(values: Any, style: str) -> Series:
    """Dates from text in the format `style` ("": year-month-day), or dates as they are; what cannot be read is missing."""
    pandas = load_pandas()

    values = pandas.Series(values)
    if values.dtype.kind == "M":
        return values
    texts = values.astype(object).map(lambda v: re.sub(r"(Z|\+00:00)$", "", str(v).strip()), na_action="ignore")
    return pandas.to_datetime(texts, format=style or "ISO8601", errors="coerce")
