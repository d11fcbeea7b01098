"""Tables: what is guessed is guessed right, what is bad is named with its place."""

import gzip

import numpy as np
import pandas as pd
import pytest

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.data.tables import read_table


def write(folder, text, name="data.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_separator_is_found(tmp_path, separator, ending):
    lines = ["size,colour,price", "1,red,2.5", "3,blue,4.5"]
    table = read_table(write(tmp_path, ending.join(line.replace(",", separator) for line in lines) + ending))
    assert list(table.columns) == ["size", "colour", "price"]
    assert table["price"].tolist() == [2.5, 4.5]
    assert table["colour"].tolist() == ["red", "blue"]


def test_tsv_keeps_commas_in_its_cells(tmp_path):
    table = read_table(write(tmp_path, "a\tb\nx, y\t1\nz, w\t2\n", "data.tsv"))
    assert table["a"].tolist() == ["x, y", "z, w"]


def test_decimal_comma_is_understood_and_said(tmp_path):
    table = read_table(write(tmp_path, "a;b\n1,5;x\n2,25;y\n"))
    assert table["a"].tolist() == [1.5, 2.25]
    assert any("decimal comma" in note for note in table.attrs["notes"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_encodings_are_understood(tmp_path, encoding):
    table = read_table(write(tmp_path, "größe,wert\nMünchen,1\nKöln,2\n", encoding=encoding))
    assert list(table.columns) == ["größe", "wert"]
    assert table["größe"].tolist() == ["München", "Köln"]


def test_file_without_header_gets_names(tmp_path):
    table = read_table(write(tmp_path, "5.1,3.5,setosa\n4.9,3.0,virginica\n"))
    assert list(table.columns) == ["column_1", "column_2", "column_3"]
    assert len(table) == 2
    assert "column_1" in table.attrs["notes"][0]


def test_header_with_years_over_numbers_is_a_header(tmp_path):
    assert list(read_table(write(tmp_path, "total,2019,2020\n5,3,4\n7,6,1\n")).columns) == ["total", "2019", "2020"]


def test_missing_tokens_are_missing(tmp_path):
    cells = ["", "NA", "N/A", "nan", "null", "?", "-", " ? "]
    table = read_table(write(tmp_path, "a,b\n" + "".join(f"{cell},{k}\n" for k, cell in enumerate([*cells, "1.5"]))))
    assert table["a"].isna().sum() == len(cells)
    assert table["a"].dtype == np.float64


def test_blanks_around_words_do_not_make_new_categories(tmp_path):
    assert set(read_table(write(tmp_path, "a,b\nmale ,1\n male,2\nmale,3\n"))["a"]) == {"male"}


def test_quoted_separators_and_line_breaks_are_content(tmp_path):
    table = read_table(write(tmp_path, 'a,b\n"x, y",1\n"two\nlines",2\n'))
    assert table["a"].tolist() == ["x, y", "two\nlines"]


def test_gzip_is_unpacked(tmp_path):
    path = tmp_path / "data.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n3,4\n"))
    assert read_table(path).shape == (2, 2)


def test_rows_without_a_value_are_left_out_and_said(tmp_path):
    table = read_table(write(tmp_path, "a,b\n1,2\n,\n3,4\n\n"))
    assert len(table) == 2
    assert "1 rows without a single value" in table.attrs["notes"][0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b,c\n1,2,3\n4,5\n", r"has 2 fields, 3 are expected[\s\S]*line 3"),
        ("a,b\n1,2\n3,4,5\n", r"has 3 fields, 2 are expected[\s\S]*line 3"),
        ("", "the file is empty"),
        ("a,b\n", "no rows"),
        ("a,b,a\n1,2,3\n", r"occur more than once: 'a'[\s\S]*line 1"),
        ("a,b\n1,2\ninf,3\n-inf,2\n", r"2 infinite values in column 'a'[\s\S]*row 2"),
        ("a,b\n1,2\n\0,3\n", r"zero bytes[\s\S]*line 3"),
    ],
)
def test_bad_text_is_named_with_its_place(tmp_path, text, message):
    with pytest.raises(DataError, match=message) as caught:
        read_table(write(tmp_path, text))
    assert "data.csv" in str(caught.value)
    assert "remedy" in str(caught.value)


def test_unknown_and_absent_files_are_refused(tmp_path):
    with pytest.raises(ArgumentError, match=r"\.xlsx[\s\S]*CSV"):
        read_table(write(tmp_path, "x", "data.xlsx"))
    with pytest.raises(DataError, match="no such file"):
        read_table(tmp_path / "absent.csv")


def test_damaged_gzip_is_refused(tmp_path):
    (tmp_path / "data.csv.gz").write_bytes(b"no gzip")
    with pytest.raises(DataError, match="cannot be read"):
        read_table(tmp_path / "data.csv.gz")


def test_parquet_round_trips_in_plain_types(tmp_path):
    table = pd.DataFrame(
        {
            "n": [1, 2, 3],
            "x": [0.1, np.nan, 2.0],
            "nullable": pd.array([1, None, 3], dtype="Int64"),
            "word": pd.Categorical(["a", "b", "a"]),
            "when": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"], utc=True),
            "yes": [True, False, True],
        }
    )
    table.to_parquet(tmp_path / "t.parquet")
    found = read_table(tmp_path / "t.parquet")
    assert [found[c].dtype.kind for c in ("n", "x", "nullable", "when", "yes")] == list("iffMb")
    assert found["word"].tolist() == ["a", "b", "a"]
    assert found["nullable"].isna().tolist() == [False, True, False]


def test_bad_parquet_is_refused(tmp_path):
    (tmp_path / "t.parquet").write_bytes(b"no parquet")
    with pytest.raises(DataError, match="no Parquet file"):
        read_table(tmp_path / "t.parquet")
    pd.DataFrame({"a": [[1, 2], [3]], "b": [1, 2]}).to_parquet(tmp_path / "lists.parquet")
    with pytest.raises(DataError, match=r"column 'a' holds a[\s\S]*row 1"):
        read_table(tmp_path / "lists.parquet")
