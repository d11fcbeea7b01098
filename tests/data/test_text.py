"""Text as data: reading, numbering, splitting, windows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.data.text import UNKNOWN, Streams, Vocabulary, open_text, read_text, split_text

WORDS = "Who's there? Nay, answer me: stand, and unfold yourself. " * 10


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_encoding_and_decoding_give_the_text_back(text):
    vocabulary = Vocabulary.of(text)
    codes = vocabulary.encode(text)
    assert vocabulary.decode(codes) == text
    assert set(codes.tolist()) == set(range(len(vocabulary)))


def test_characters_are_numbered_by_code_point_and_capitals_can_be_folded():
    assert Vocabulary.of("bad Cäb").characters == " Cabdä"
    folded = Vocabulary.of("bad CAB", lower=True)
    assert folded.characters == " abcd" and folded.decode(folded.encode("DAB")) == "dab"


def test_rare_characters_become_one_sign_and_what_is_new_too():
    vocabulary = Vocabulary.of("aaabbbzq", least=2)
    assert vocabulary.characters == f"ab{UNKNOWN}"
    assert vocabulary.decode(vocabulary.encode("azbq!")) == f"a{UNKNOWN}b{UNKNOWN}{UNKNOWN}"


def test_a_character_without_a_number_is_named():
    with pytest.raises(DataError, match="never saw: 'é', 'ü'"):
        Vocabulary.of("abc").encode("aüé")


@settings(max_examples=40, deadline=None)
@given(st.integers(30, 400), st.integers(1, 9), st.integers(1, 12), st.integers(0, 5))
def test_windows_continue_each_other(length, batch, steps, epoch):
    streams = Streams(np.arange(length, dtype=np.int32), batch, steps, seed=3)
    streams.epoch = epoch
    batches = list(streams)
    assert len(batches) == len(streams) >= 1
    x, y = (np.stack(parts) for parts in zip(*batches, strict=True))
    assert x.shape == (len(streams), streams.batch, steps)
    assert np.array_equal(y, x + 1)  # the text counts up, so the next character is one more
    assert np.array_equal(x[1:, :, 0], y[:-1, :, -1])  # window k + 1 starts where window k ended
    assert np.array_equal(x[0, 1:, 0], y[-1, :-1, -1])  # and a stream where the one before ended
    assert len(np.unique(x)) == x.size and y.max() < length


def test_epochs_cut_elsewhere_and_again_the_same():
    codes = np.arange(1000, dtype=np.int32)
    streams = Streams(codes, 4, 20, seed=1)
    assert len({streams.start(epoch) for epoch in range(20)}) > 5
    assert np.array_equal(streams.windows(3), Streams(codes, 4, 20, seed=1).windows(3))


def test_fewer_streams_are_made_of_a_short_text_and_none_of_a_shorter_one():
    assert Streams(np.zeros(100, np.int32), 64, 10).batch == 9
    with pytest.raises(DataError, match="too few for windows of 60"):
        Streams(np.zeros(100, np.int32), 1, 60)
    with pytest.raises(ArgumentError, match="0 streams"):
        Streams(np.zeros(100, np.int32), 0, 10)


def test_a_text_is_split_by_position():
    text = "".join(map(chr, range(100, 300)))
    train, validation, test = split_text(text)
    assert validation + train + test == text and len(test) == 20 and len(validation) == 10
    with pytest.raises(ArgumentError, match="cannot be split"):
        split_text("abc")


def test_a_file_is_read_whatever_its_line_ends(tmp_path):
    (tmp_path / "play.txt").write_bytes(b"\xef\xbb\xbf" + WORDS.replace(". ", ".\r\n").encode())
    name, text = open_text(tmp_path / "play.txt")
    assert name == "play" and text == WORDS.replace(". ", ".\n")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"caf\xe9 " * 100, r"byte 4 is 0xe9"),
        (WORDS.encode("utf-16"), r"looks like UTF-16"),
        (b"", "is empty"),
        (b"short", "has 5 characters"),
        (b"a" * 1000, "1 different"),
        (b"ab\0" * 1000, "character 3 is NUL"),
    ],
    ids=["latin", "utf-16", "empty", "short", "constant", "binary"],
)
def test_a_file_that_is_no_text_is_refused(tmp_path, raw, message):
    (tmp_path / "bad.txt").write_bytes(raw)
    with pytest.raises(DataError, match=message):
        read_text(tmp_path / "bad.txt")


def test_a_named_text_is_found_by_a_part_of_its_name_and_a_wrong_name_is_told(data_folder, monkeypatch, tmp_path):
    monkeypatch.setenv("NEURALZOO_DATA", str(data_folder))
    name, text = open_text("shakespeare")
    assert name == "tinyshakespeare" and len(text) == 1_115_394
    with pytest.raises(ArgumentError, match="tinyshakespeare"):
        open_text("shakespaere.txt")
    with pytest.raises(DataError, match="cannot be read"):
        open_text(tmp_path)
