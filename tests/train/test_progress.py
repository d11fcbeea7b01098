"""What `fit` shows, on a terminal made of paper."""

import io
import re
import sys
import time
from types import SimpleNamespace

import pytest

from neuralzoo.core.errors import ArgumentError
from neuralzoo.train.callbacks import progress, screen
from neuralzoo.train.callbacks.progress import ProgressBar

READINGS = {"loss": 0.1234, "accuracy": 0.9633, "val_loss": 0.2, "val_accuracy": 0.9}


class Paper(io.StringIO):
    """A terminal that keeps everything that was written."""

    encoding = "utf-8"

    def isatty(self):
        return True

    def lines(self):
        """What a reader sees: carriage returns write over what is there; no colours, no blanks at the end."""
        seen = []
        for line in re.sub(r"\x1b\[[\d;]*m", "", self.getvalue()).split("\n"):
            cells = ""
            for piece in line.split("\r"):
                cells = piece + cells[len(piece) :]
            seen.append(cells.rstrip())
        return seen


@pytest.fixture
def paper(monkeypatch):
    """80 columns of paper in place of the terminal, drawn on whenever there is something to draw."""
    paper = Paper()
    paper.patch = monkeypatch
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(screen, "DRAW_SECONDS", 0.0)
    monkeypatch.setattr(progress, "RATE_SECONDS", 0.0)
    return paper


def begin(verbose, on=None, epochs=20, **params):
    """A bar that was told that training begins, on paper where given."""
    if on:
        on.patch.setattr(sys, "stdout", on)
    bar = ProgressBar(verbose)
    bar.set_model(SimpleNamespace(stop_training=False))
    bar.set_params({"epochs": epochs, "steps": 100, "batch_size": 32, **params})
    bar.on_train_begin()
    return bar


def test_the_bar_says_that_it_compiles_then_runs_then_leaves_one_line(paper):
    bar = begin(1, paper)
    assert paper.lines() == ["Epoch  1/20  compiling…"]
    bar.on_epoch_begin(0)
    bar.on_call_end(50, {"loss": 0.5, "accuracy": 0.25})
    assert re.fullmatch(r"Epoch  1/20 ━{14}─{15}  50/100  loss 0\.5000  accuracy 0\.2500", paper.lines()[0])
    bar.on_call_end(75, {"loss": 0.5, "accuracy": 0.25})
    assert "left" in paper.lines()[0]
    bar.on_test_begin()
    assert paper.lines() == ["Epoch  1/20  validating…"]
    bar.on_epoch_end(0, READINGS)
    assert re.fullmatch(r"Epoch  1/20  \S+s  loss 0\.1234 \(val 0\.2000\)  accuracy 0\.9633 \(val 0\.9000\)", paper.lines()[0])
    assert paper.lines()[1:] == [""]


def test_no_line_is_wider_than_the_terminal(paper, monkeypatch):
    for width in (20, 40, 60, 80, 300):
        monkeypatch.setenv("COLUMNS", str(width))
        bar = begin(1, paper)
        bar.on_epoch_begin(0)
        for steps in (1, 50, 99):
            bar.on_call_end(steps, {"loss": 0.5, "accuracy": 0.25, "a_long_name_of_a_metric": 1e-9})
            assert len(paper.lines()[-1]) < width
        bar.close()


def test_what_others_print_comes_out_above_the_bar(paper):
    bar = begin(1, paper)
    bar.on_epoch_begin(0)
    bar.on_call_end(50, {"loss": 0.5})
    print("hello")
    bar.on_call_end(60, {"loss": 0.5})
    assert paper.lines()[0] == "hello"
    assert paper.lines()[1].startswith("Epoch  1/20 ━")


def test_the_streams_are_given_back_and_the_next_line_is_free_after_an_interruption(paper):
    errors = sys.stderr
    bar = begin(1, paper)
    assert (sys.stdout is paper, sys.stderr is errors) == (False, False)
    bar.close()
    bar.close()
    assert (sys.stdout is paper, sys.stderr is errors) == (True, True)
    assert paper.lines() == ["Epoch  1/20  compiling…", ""]


def test_quick_epochs_share_one_line_and_the_last_one_stays(paper):
    bar = begin(1, paper, epochs=3000)
    for epoch in range(3000):
        bar.on_epoch_begin(epoch)
        bar.on_epoch_end(epoch, {"loss": 0.5})
    bar.on_train_end()
    lines = paper.lines()
    assert len(lines) < 20
    assert re.fullmatch(r"Epoch 3000/3000  after \S+s  loss 0\.5000", lines[-2])


def test_quick_epochs_show_no_bars_of_their_own(paper, monkeypatch):
    monkeypatch.setattr(screen, "DRAW_SECONDS", 0.02)
    bar = begin(1, paper, epochs=3000)
    time.sleep(0.03)
    for epoch in range(100):
        bar.on_epoch_begin(epoch)
        bar.on_call_end(50, {"loss": 0.5})
        bar.on_epoch_end(epoch, {"loss": 0.5})
    assert "50/100" not in paper.getvalue()
    assert "─" in paper.getvalue()


def test_the_terminal_is_drawn_on_ten_times_a_second_at_most(paper, monkeypatch):
    monkeypatch.setattr(screen, "DRAW_SECONDS", 60.0)
    bar = begin(1, paper, epochs=3000)
    length = len(paper.getvalue())
    for epoch in range(100):
        bar.on_epoch_begin(epoch)
        bar.on_call_end(100, {"loss": 0.5})
        bar.on_epoch_end(epoch, {"loss": 0.5})
    assert len(paper.getvalue()) == length


def test_a_stream_of_unknown_length_learns_its_length_in_the_first_epoch(paper):
    bar = begin(1, paper, steps=None, batch_size=None)
    for epoch in range(2):
        bar.on_epoch_begin(epoch)
        bar.on_call_end(5, {"loss": 0.5})
        bar.on_call_end(8, {"loss": 0.5})
        assert f" 8/{'?' if epoch == 0 else '10'}  loss" in paper.lines()[-1]
        assert "steps/s" in paper.lines()[-1]
        bar.on_call_end(10, {"loss": 0.5})
        bar.on_epoch_end(epoch, {"loss": 0.5})


def test_a_terminal_without_unicode_gets_plain_signs(paper, monkeypatch):
    monkeypatch.setattr(Paper, "encoding", "cp1252")
    bar = begin(1, paper)
    bar.on_epoch_begin(0)
    bar.on_call_end(50, {"loss": 0.5})
    bar.on_call_end(60, {"loss": 0.5})
    assert paper.getvalue().isascii()


def test_two_prints_one_plain_line_an_epoch(capsys):
    bar = begin(2)
    for epoch in range(2):
        bar.on_epoch_begin(epoch)
        bar.on_call_end(100, READINGS)
        bar.on_epoch_end(epoch, READINGS)
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"Epoch 1/20 - \S+s - loss: 0\.1234 - accuracy: 0\.9633 - val_loss: 0\.2000 - val_accuracy: 0\.9000", lines[0])
    assert len(lines) == 2


def test_off_the_terminal_one_prints_plain_lines_and_auto_and_zero_nothing(capsys):
    for verbose, count in ((1, 1), (True, 1), (0, 0), (False, 0), ("auto", 0)):
        bar = begin(verbose)
        bar.on_epoch_begin(0)
        bar.on_call_end(100, READINGS)
        bar.on_epoch_end(0, READINGS)
        bar.on_train_end()
        out = capsys.readouterr().out
        assert out.count("\n") == count
        assert "\r" not in out
        assert "\x1b" not in out


def test_auto_draws_on_a_terminal(paper):
    begin("auto", paper)
    assert "compiling" in paper.getvalue()


def test_another_verbose_raises():
    with pytest.raises(ArgumentError, match="verbose cannot be 'loud'"):
        ProgressBar("loud")
