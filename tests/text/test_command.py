"""`neuralzoo train text` and `neuralzoo sample`, as a user meets them."""

import json

import pytest

from commands import call

TEXT = "the cat sees a house.\nthe dog hears the rain.\nmy friend finds an old book.\n" * 40
QUICK = ("--units", 8, "--epochs", 2, "--steps", 20)


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lines.txt").write_text(TEXT, "utf-8")
    return "lines.txt"


def test_a_text_is_learned_judged_saved_and_written_on(capsys, file, tmp_path):
    code, out, _ = call(capsys, "train", "text", file, "--net", "gru", *QUICK)
    assert code == 0
    for said in ("GRU 1 × 8", "different ones", "val_nats", "val_bits", "Markov chain of order 5", "every character alike", "  │ "):
        assert said in out
    assert "neuralzoo sample text-lines --prompt 'the cat sees'" in out
    about = json.loads((tmp_path / "text-lines" / "text.json").read_text("utf-8"))
    assert about["net"] == "gru" and set(about["held out"]["nats"]) == {"GRU 1 × 8", "Markov chain of order 5", "every character alike"}
    first = call(capsys, "sample", "text-lines", "--prompt", "the cat\\nthe", "--length", 30, "--seed", 1)
    assert first[0] == 0 and first[1].startswith("the cat\nthe") and len(first[1]) == len("the cat\nthe") + 30 + 1
    assert call(capsys, "sample", "text-lines", "--prompt", "the cat\\nthe", "--length", 30, "--seed", 1) == first
    assert call(capsys, "train", "text", file, *QUICK, "--out", "text-lines")[0] == 2
    code, _, err = call(capsys, "sample", "text-lines", "--prompt", "Ω")
    assert code == 2 and "'Ω'" in err


def test_ctrl_c_ends_with_a_model_all_the_same(capsys, file, tmp_path, monkeypatch):
    from neuralzoo.text.course import Course

    def stopped(self, epoch, logs=None):
        raise KeyboardInterrupt

    monkeypatch.setattr(Course, "on_epoch_end", stopped)
    code, out, _ = call(capsys, "train", "text", file, *QUICK, "--out", "kept")
    assert code == 0 and "stopped by Ctrl-C" in out and "what was learned is kept" in out
    assert (tmp_path / "kept" / "model.nz").is_file()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("train", "text", "nowhere.txt"), "neither a text file"),
        (("train", "text", "lines.txt", "--net", "lstn"), "Did you mean 'lstm'"),
        (("train", "text", "lines.txt", "--steps", 100_000), "too few"),
        (("train", "text", "lines.txt", "--out", "none/out"), "does not exist"),
        (("train", "text", "lines.txt", "--learning-rate", 0), "more than 0"),
        (("sample", "nowhere"), "no folder"),
        (("sample", "."), "no model.nz"),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_mistakes_are_told_with_exit_code_2(capsys, file, words, message):
    code, _, err = call(capsys, *words)
    assert code == 2 and message in err and "remedy:" in err and "Traceback" not in err


def test_a_table_may_still_be_trained_on(capsys):
    code, out, _ = call(capsys, "train", "--epochs", 1, "iris")
    assert code == 0 and "test rows" in out
    assert "train text" in call(capsys, "--help")[1]
