"""What a text file of a table does not say itself: encoding, separator, decimal comma, header, width."""

import csv
import gzip
import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from neuralzoo.core.errors import DataError

MISSING = ("", "NA", "N/A", "na", "n/a", "NaN", "nan", "NAN", "null", "NULL", "Null", "None", "?", "-")
NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?|[+-]?(inf|infinity)", re.IGNORECASE)


def decoded(path: Path) -> tuple[str, list[str]]:
    """The text of a file, packed by gzip or not, and what had to be guessed about its encoding."""
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix.lower() == ".gz" else path.read_bytes()
    except (OSError, EOFError) as error:
        raise DataError(f"the file cannot be read: {error}", where=str(path), remedy="check that it is complete and readable") from error
    if not raw.strip():
        raise DataError("the file is empty", where=str(path), remedy="give a header line and one line per row")
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16"), ["the file is UTF-16"]
    if (at := raw.find(b"\0")) >= 0:
        line = raw.count(b"\n", 0, at) + 1
        raise DataError("this is no text file: it holds zero bytes", where=f"{path}, line {line}", remedy="save the table as CSV in UTF-8")
    try:
        return raw.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        return raw.decode("latin-1"), ["the file is not UTF-8, so it is read as Latin-1"]


def text_rows(text: str, separator: str) -> Iterator[list[str]]:
    """The rows that hold a cell; blank lines are skipped, as pandas does."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    return (row for row in reader if row and (len(row) > 1 or row[0].strip()))


def separator_of(text: str) -> str:
    """The candidate that cuts the first lines into the most even rows, then into the most cells."""
    best, choice = (0.0, 0), ","
    for candidate in ",;\t|":
        try:
            widths = Counter(len(row) for row, _ in zip(text_rows(text, candidate), range(50), strict=False))
        except csv.Error:
            continue
        width, times = max(widths.items(), key=lambda item: (item[1], item[0]))
        score = (round(times / widths.total(), 1), width)
        if width > 1 and score > best:
            best, choice = score, candidate
    return choice


def even_width(text: str, separator: str, path: Path) -> int:
    """How many fields every row has; a row with more or fewer is an error that names its line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    width, rows = 0, 0
    try:
        for row in reader:
            if not row or (len(row) == 1 and not row[0].strip()):
                continue
            width, rows = width or len(row), rows + 1
            if len(row) != width:
                raise DataError(
                    f"a row has {len(row)} fields, {width} are expected",
                    where=f"{path}, line {reader.line_num}",
                    remedy=f"give every line {width} fields separated by {separator!r}; put text that contains one in quotes",
                )
    except csv.Error as error:
        raise DataError(
            f"the line cannot be read: {error}", where=f"{path}, line {reader.line_num}", remedy="look for a stray quote"
        ) from error
    return width


def header_end(text: str, separator: str) -> int:
    """How many physical lines the header, and blank lines before it, take up."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    for row in reader:
        if row and (len(row) > 1 or row[0].strip()):
            break
    return reader.line_num


def decimal_of(head: list[list[str]], separator: str) -> str:
    """`,` where more cells of the first rows are written 1,5 than 1.5, else `.`."""
    cells = [cell.strip() for row in head for cell in row]
    commas = sum(bool(re.fullmatch(r"[+-]?\d+,\d+", cell)) for cell in cells)
    points = sum(bool(re.fullmatch(r"[+-]?\d+\.\d+", cell)) for cell in cells)
    return "," if separator != "," and commas > points else "."


def has_header(head: list[list[str]]) -> bool:
    """A first line is a header where none of its cells is a number or empty, or where it has a name over a column of numbers."""
    numeric = [bool(NUMBER.fullmatch(cell.strip())) for cell in head[0]]
    if not any(numeric) and (len(head) > 1 or not any(cell.strip() in MISSING for cell in head[0])):
        return True
    for k, cell in enumerate(head[0]):
        below = [row[k].strip() for row in head[1:] if row[k].strip() not in MISSING]
        if not numeric[k] and cell.strip() not in MISSING and below and all(NUMBER.fullmatch(value) for value in below):
            return True
    return False
