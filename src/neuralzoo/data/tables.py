"""Tables from files: `read_table` for CSV, TSV, Parquet. Arrays are in arrays.py, pictures in images.py."""

import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.data.frames import DataFrame, Series, load_pandas
from neuralzoo.data.sniff import MISSING, decimal_of, decoded, even_width, has_header, header_end, separator_of, text_rows

TEXT_SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".data")
PARQUET_SUFFIXES = (".parquet", ".pq")


def read_table(path: str | Path) -> DataFrame:
    """A table with one row per sample and one named column per quantity; what had to be guessed is in `.attrs["notes"]`.

    The separator (`,` `;` tab `|`), the decimal comma, the encoding and whether there is a header are found out. Rows of
    uneven length, duplicate names, infinities and empty files are refused, each with its place.
    """
    path = Path(path)
    name = path.name.lower()
    if not path.is_file():
        raise DataError("there is no such file", where=str(path), remedy="check the path and the spelling")
    if name.endswith(PARQUET_SUFFIXES):
        table = _read_parquet(path)
    elif name.removesuffix(".gz").endswith(TEXT_SUFFIXES):
        table = _read_text(path)
    else:
        raise ArgumentError(
            f"files ending in {path.suffix or 'nothing'} cannot be read as a table",
            where=str(path),
            remedy="save it as CSV (comma, semicolon or tab separated), Parquet, or NPZ with arrays x and y",
        )
    if table.empty:
        raise DataError("the table has no rows", where=str(path), remedy="give at least a header line and a few rows")
    notes = table.attrs.get("notes", [])
    table = plain_columns(table, str(path))
    refuse_infinity(table, str(path))
    table.attrs["notes"] = notes
    return table


def plain_columns(table: DataFrame, where: str) -> DataFrame:
    """The same table with plain column types only: numbers, booleans, text, dates without a zone; names are strings."""
    pandas = load_pandas()

    names = [str(name).strip() for name in table.columns]
    _refuse_duplicates(names, where)
    columns = {name: _plain(table.iloc[:, k], name, where) for k, name in enumerate(names)}
    return pandas.DataFrame(columns, index=pandas.RangeIndex(len(table)))


def refuse_infinity(table: DataFrame, where: str) -> None:
    """Raise `DataError` at the first infinite number."""
    for name in table.columns:
        if table[name].dtype.kind == "f" and (bad := np.isinf(table[name].to_numpy())).any():
            raise DataError(
                f"{bad.sum()} infinite values in column {name!r}",
                where=f"{where}, column {name!r}, row {bad.argmax() + 1}",
                remedy="leave the cell empty where the value is unknown, or remove the row",
            )


def _read_text(path: Path) -> DataFrame:
    pandas = load_pandas()

    text, notes = decoded(path)
    separator = "\t" if path.name.lower().removesuffix(".gz").endswith((".tsv", ".tab")) else separator_of(text)
    width = even_width(text, separator, path)
    head = [row for row, _ in zip(text_rows(text, separator), range(1000), strict=False)]
    decimal = decimal_of(head, separator)
    if decimal == ",":
        notes.append("numbers are read with a decimal comma")
    header = has_header(head)
    names = [cell.strip() or f"column_{k}" for k, cell in enumerate(head[0], 1)] if header else [f"column_{k + 1}" for k in range(width)]
    if not header:
        notes.append("the first line holds values, so the columns are called column_1, column_2…")
    _refuse_duplicates(names, f"{path}, line 1")
    table = pandas.read_csv(
        io.StringIO(text),
        sep=separator,
        decimal=decimal,
        header=None,
        names=names,
        skiprows=header_end(text, separator) if header else 0,
        na_values=list(MISSING),
        keep_default_na=False,
        skipinitialspace=True,
        index_col=False,
        low_memory=False,
    )
    table = _stripped(table)
    if (blank := table.isna().all(axis=1)).any() and width > 1:
        notes.append(f"{blank.sum()} rows without a single value are left out")
        table = table[~blank].reset_index(drop=True)
    table.attrs["notes"] = notes
    return table


def _refuse_duplicates(names: Sequence[str], where: str) -> None:
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise DataError(
            f"{len(twice)} column names occur more than once: {', '.join(map(repr, twice[:5]))}",
            where=where,
            remedy="give every column a name of its own",
        )


def _stripped(table: DataFrame) -> DataFrame:
    """Text without blanks around it; a column that then holds only numbers becomes one."""
    pandas = load_pandas()

    for name in [n for n in table.columns if pandas.api.types.is_string_dtype(table[n]) and table[n].dtype != bool]:
        bare = table[name].astype(object).map(lambda v: v.strip() if isinstance(v, str) else v)
        bare = bare.where(~bare.isin(MISSING), None)
        numbers = pandas.to_numeric(bare, errors="coerce")
        table[name] = numbers if numbers.notna().sum() == bare.notna().sum() else bare
    return table


def _read_parquet(path: Path) -> DataFrame:
    pandas = load_pandas()

    try:
        table = pandas.read_parquet(path)
    except ImportError as error:
        raise DataError("Parquet files need pyarrow", where=str(path), remedy="pip install pyarrow, or save the table as CSV") from error
    except Exception as error:  # pyarrow has a dozen of its own
        raise DataError(f"this is no Parquet file, or a damaged one: {error}", where=str(path), remedy="write it again") from error
    return table if isinstance(table.index, pandas.RangeIndex) else table.reset_index()


def _plain(column: Series, name: str, where: str) -> Any:
    pandas = load_pandas()

    kind = pandas.api.types
    if isinstance(column.dtype, pandas.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    if kind.is_datetime64_any_dtype(column.dtype):
        stamps = column.dt.tz_convert("UTC").dt.tz_localize(None) if column.dt.tz is not None else column
        return stamps.to_numpy()
    if kind.is_bool_dtype(column.dtype) and not column.isna().any():
        return column.to_numpy(bool)
    if kind.is_numeric_dtype(column.dtype) and not kind.is_bool_dtype(column.dtype):
        if kind.is_complex_dtype(column.dtype):
            raise DataError(f"column {name!r} holds complex numbers", where=where, remedy="give real and imaginary part a column each")
        if isinstance(column.dtype, np.dtype):
            return column.to_numpy()
        whole = kind.is_integer_dtype(column.dtype) and not column.isna().any()
        return column.to_numpy(np.int64) if whole else column.to_numpy(np.float64, na_value=np.nan)
    values = column.astype(object).where(column.notna(), None)
    for row, value in enumerate(values, 1):
        if isinstance(value, list | tuple | dict | np.ndarray):
            raise DataError(
                f"column {name!r} holds a {type(value).__name__} in each cell",
                where=f"{where}, column {name!r}, row {row}",
                remedy="give every number a column of its own, or save arrays as NPZ",
            )
    held = kind.infer_dtype(values, skipna=True)
    if held == "decimal":
        return values.map(float, na_action="ignore").to_numpy(np.float64)
    if held in ("date", "datetime"):
        return pandas.to_datetime(values).to_numpy()
    return values.map(str, na_action="ignore").to_numpy(object) if held == "boolean" else values.to_numpy(object)
