"""The command line, as a user meets it."""

import json
import os
import subprocess
import sys

import numpy as np
import pandas
import pytest
from sklearn.datasets import load_iris

from commands import call
from neuralzoo.version import __version__


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("cli")
    held = load_iris(as_frame=True)
    table = held.data.assign(species=np.array(held.target_names)[held.target])
    table.iloc[::2].to_csv(place / "train.csv", index=False)
    table.iloc[1::2].to_csv(place / "test.csv", index=False)
    held.data.iloc[:3].to_csv(place / "new.csv", index=False)
    return place


@pytest.fixture(scope="module")
def studied(folder):
    from neuralzoo.study.run import study

    study(folder / "train.csv", out=folder / "out", only=["logistic", "MLP"], budget=2, verbose=False)
    return folder / "out"


def test_help_imports_nothing_heavy() -> None:
    heavy = {"jax", "numpy", "pandas", "sklearn", "matplotlib", "scipy"}
    script = f"import sys, neuralzoo.cli; assert not {heavy} & set(sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", script], env=environment, check=False).returncode == 0
    command = [sys.executable, "-m", "neuralzoo", "--help"]
    made = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, encoding="utf-8")
    assert all(word in made.stdout for word in ("study", "predict", "evaluate", "train", "summary", "data", "zoo"))


def test_the_version_is_told(capsys) -> None:
    assert call(capsys, "--version") == (0, f"neuralzoo {__version__}\n", "")


def test_a_study_from_the_command_line_shows_its_steps_and_names_its_files(capsys, folder) -> None:
    code, out, _ = call(
        capsys, "study", folder / "train.csv", "--target", "species", "--out", folder / "shown", "--only", "single", "--budget", 1
    )
    assert code == 0 and all(f"── {step}" in out for step in ("1 Analyze", "2 Choose", "3 Train", "4 Evaluate", "Verdict"))
    assert "neuralzoo predict" in out and (folder / "shown" / "report.html").is_file()
    assert "--only single" in (folder / "shown" / "study.json").read_text("utf-8")


def test_predictions_go_to_the_terminal_or_to_a_file(capsys, folder, studied) -> None:
    code, out, _ = call(capsys, "predict", studied, folder / "new.csv")
    assert code == 0 and out.splitlines()[0].startswith("prediction,probability setosa") and len(out.splitlines()) == 4
    code, out, _ = call(capsys, "predict", studied, folder / "new.csv", "--out", folder / "p.csv")
    assert code == 0 and "3 predictions written" in out and len(pandas.read_csv(folder / "p.csv")) == 3


def test_evaluate_prints_scores_with_intervals_and_the_confusion(capsys, folder, studied) -> None:
    code, out, _ = call(capsys, "evaluate", studied, folder / "test.csv")
    assert code == 0 and "75 rows of test.csv" in out and "accuracy" in out and "virginica" in out


def test_summary_shows_the_layers_and_what_they_predict(capsys, studied) -> None:
    code, out, _ = call(capsys, "summary", studied)
    assert code == 0 and "Total params" in out and "predicts species" in out


def test_one_network_is_trained_judged_and_saved(capsys, folder) -> None:
    path = folder / "mine.nz"
    settings = ("--layers", "8", "--activation", "tanh", "--epochs", 5, "--optimizer", "sgd", "--learning-rate", 0.1, "--dropout", 0.1)
    code, out, _ = call(capsys, "train", folder / "train.csv", *settings, "--save", path)
    assert code == 0 and "MLP 8 on 7 test rows" in out and "saved" in out
    code, out, _ = call(capsys, "predict", path, folder / "new.csv")
    assert code == 0 and len(out.splitlines()) == 4


def test_data_sets_are_listed_and_told(capsys) -> None:
    code, out, _ = call(capsys, "data", "list")
    assert code == 0 and "digits" in out and "mnist" in out
    code, out, _ = call(capsys, "data", "info", "iris")
    assert code == 0 and "neuralzoo study iris" in out
    code, out, _ = call(capsys, "data", "get", "iris")
    assert code == 0 and "nothing to fetch" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("study", "digitz"), "Did you mean 'digits'"),
        (("study", "missing.csv"), "neither a file"),
        (("study", "iris", "--task", "regresion"), "Did you mean 'regression'"),
        (("study", "iris", "--split", "90/10"), "2 parts"),
        (("study", "iris", "--only", "forrest"), "Did you mean 'random forest'"),
        (("train", "iris", "--optimizer", "adamm"), "Did you mean 'Adam'|Did you mean 'adam'"),
        (("train", "iris", "--activation", "rellu"), "Did you mean 'relu'"),
        (("train", "iris", "--layers", "big"), "no list of sizes"),
        (("train", "iris", "--learning-rate", "-1"), "learns nothing"),
        (("train", "iris", "--save", "none/model.nz"), "does not exist"),
        (("predict", "nowhere", "new.csv"), "no folder"),
        (("data", "info", "irish"), "Did you mean 'iris'"),
        (("summary", "nowhere.nz"), "nowhere.nz"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_mistakes_are_told_in_three_lines_with_exit_code_2(capsys, monkeypatch, tmp_path, words, message: str) -> None:
    import re

    monkeypatch.chdir(tmp_path)
    code, out, err = call(capsys, *words)
    assert code == 2 and re.search(message, err) and "Traceback" not in err + out
    assert "error:" in err
    assert not list(tmp_path.iterdir())


def test_a_full_result_folder_is_refused_before_anything_is_trained(capsys, folder, studied) -> None:
    code, out, err = call(capsys, "study", folder / "train.csv", "--out", studied)
    said = " ".join(err.split())  # lines are broken where the folder's name ends
    assert code == 2 and "not empty" in said and "--force" in said and "3 Train" not in out


def test_a_new_class_in_the_test_rows_is_told(capsys, folder, studied) -> None:
    table = pandas.read_csv(folder / "test.csv")
    table.loc[0, "species"] = "tulip"
    table.to_csv(folder / "tulip.csv", index=False)
    code, _, err = call(capsys, "evaluate", studied, folder / "tulip.csv")
    assert code == 2 and "tulip" in err


def test_debugging_shows_the_traceback(capsys, monkeypatch) -> None:
    monkeypatch.setenv("NEURALZOO_DEBUG", "1")
    with pytest.raises(Exception, match="digitz"):
        call(capsys, "study", "digitz")


def test_a_bug_is_one_line_and_exit_code_1(capsys, monkeypatch) -> None:
    def broken(*args, **kwargs):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("neuralzoo.study.deploy.open_study", broken)
    code, _, err = call(capsys, "predict", "a", "b")
    assert code == 1 and "ZeroDivisionError" in err and "NEURALZOO_DEBUG=1" in err and "Traceback" not in err


def test_ctrl_c_leaves_with_130(capsys, monkeypatch) -> None:
    def stopped(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("neuralzoo.study.run.study", stopped)
    assert call(capsys, "study", "iris")[0] == 130


def test_a_row_is_carried_out_number_by_number(folder, studied, capsys, tmp_path):
    files = tmp_path / "row.svg", tmp_path / "row.json"
    code, out, _ = call(capsys, "trace", studied, folder / "test.csv", "--row", 3, "--steps", "--figure", files[0], "--out", files[1])
    assert code == 0 and "back at dense" in out and "loss " in out
    told = json.loads(files[1].read_text())
    assert told["loss"] > 0 and told["layers"][0]["arrays"][0]["gradient"] and "<svg" in files[0].read_text()
    code, out, _ = call(capsys, "trace", studied, folder / "new.csv")
    assert code == 0 and "weighted sum" in out and "δ" not in out
    code, _, err = call(capsys, "trace", studied, folder / "new.csv", "--row", 3)
    assert code == 2 and "there is no row 3: the data has 3" in err
