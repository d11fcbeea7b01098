"""The main job in Python: `neuralzoo.study(...)`."""

import json

import numpy as np
import pandas
import pytest
from sklearn.datasets import load_breast_cancer

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.study import run
from neuralzoo.study.run import study
from neuralzoo.study.screen import Screen, number, wrapped

FEW = {"only": ["logistic", "single"], "budget": 2.0, "verbose": False}


def table(rows: int = 200) -> pandas.DataFrame:
    held = load_breast_cancer(as_frame=True)
    names = list(held.data.columns[:5])
    return held.data[names].assign(outcome=np.where(held.target, "benign", "malignant")).iloc[:rows]


def test_a_study_answers_with_scores_a_comparison_a_verdict_and_a_network(iris_study) -> None:
    names = {t.candidate.name for t in iris_study.trained}
    assert {"majority class", "logistic regression", "random forest", "single-layer network", "MLP 16"} == names
    assert iris_study.metric == "accuracy" and iris_study.comparison and iris_study.verdict.use in names
    assert all(e.scores["accuracy"].low <= e.scores["accuracy"].value <= e.scores["accuracy"].high for e in iris_study.evaluated)
    best = next(e for e in iris_study.evaluated if e.name == "logistic regression")
    assert best.scores["accuracy"].value > 0.85
    assert iris_study.confusion.sum() == 15 and set(iris_study.importance) == set(iris_study.data["features"])


def test_importance_finds_the_petals(iris_study) -> None:
    assert next(iter(iris_study.importance)).startswith("petal")


def test_a_study_prints_as_a_table_and_a_verdict(iris_study) -> None:
    said = repr(iris_study)
    assert "Study of iris" in said and "logistic regression" in said and iris_study.verdict.text[:30] in said
    assert max(map(len, said.splitlines())) <= max(80, len(str(iris_study.folder)) + 15)


def test_the_same_seed_gives_the_same_study_apart_from_times(tmp_path) -> None:
    def timeless(value):
        if isinstance(value, dict):
            return {k: timeless(v) for k, v in value.items() if k not in ("seconds", "python")}
        return [timeless(v) for v in value] if isinstance(value, list) else value

    for name in ("a", "b"):
        study(table(), out=tmp_path / name, **FEW)
    a, b = (timeless(json.loads((tmp_path / name / "study.json").read_text("utf-8"))) for name in ("a", "b"))
    assert a == b


def test_a_data_frame_a_pair_of_arrays_and_a_data_set_are_taken_too(monkeypatch) -> None:
    frame = table()
    a = study(frame, "outcome", out=False, **FEW)
    assert a.task == "binary" and a.folder is None and a.data["target"] == "outcome"
    b = study((frame.drop(columns="outcome").to_numpy(), frame["outcome"].to_numpy()), out=False, **FEW)
    assert b.task == "binary"
    values = a.predict(frame.drop(columns="outcome").head(3)).values
    assert set(values) <= {"benign", "malignant"}


def test_neuralzoo_study_is_a_function_whatever_was_imported_before() -> None:
    import neuralzoo.study.folder

    assert callable(neuralzoo.study) and neuralzoo.study.study is study
    with pytest.raises(ArgumentError, match="neither a file"):
        neuralzoo.study("no such thing", out=False, verbose=False)


def test_an_unbalanced_target_is_judged_by_balanced_accuracy_with_weighted_classes() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(240, 2))
    y = np.where(x[:, 0] > 1.1, "rare", "usual")
    found = study((x, y), out=False, **FEW)
    assert found.metric == "balanced accuracy"
    guess = next(e for e in found.evaluated if e.name == "majority class")
    assert guess.scores["balanced accuracy"].value == pytest.approx(0.5)


def test_ctrl_c_judges_what_is_finished_and_says_so(monkeypatch) -> None:
    honest, calls = run.train, []

    def interrupted(candidate, *args, **kwargs):
        calls.append(candidate.name)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return honest(candidate, *args, **kwargs)

    monkeypatch.setattr(run, "train", interrupted)
    found = study(table(), out=False, only=["logistic", "single", "MLP"], verbose=False)
    assert [t.candidate.name for t in found.trained] == ["majority class", "logistic regression"]
    assert "Ctrl-C stopped single-layer network" in found.verdict.text and found.network is None


def test_ctrl_c_before_anything_is_finished_leaves_nothing(monkeypatch, tmp_path) -> None:
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "train", interrupted)
    with pytest.raises(KeyboardInterrupt):
        study(table(), out=tmp_path / "out", **FEW)
    assert not list(tmp_path.iterdir())


def test_a_second_ctrl_c_leaves_at_once_and_nothing_half_written(monkeypatch, tmp_path) -> None:
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("neuralzoo.study.report.report_html", interrupted)
    with pytest.raises(KeyboardInterrupt):
        study(table(), out=tmp_path / "out", **FEW)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (table(), {"target": "outcom"}, "Did you mean 'outcome'"),
        (table(), {"task": "regresion"}, "Did you mean 'regression'"),
        (table(), {"task": "regression"}, "holds text"),
        (table(), {"split": "80/20"}, "2 parts"),
        (table().iloc[:0], {}, "no rows"),
        (table().iloc[:3], {}, "3 rows are too few"),
        (table().assign(outcome="benign"), {}, "one class only: benign"),
        (table().assign(worst=np.inf), {"target": "outcome"}, "infin"),
        (table().assign(outcome=[None, *table()["outcome"][1:]]), {"target": "outcome"}, "target is missing in 1 rows"),
        ("digitz", {}, "Did you mean 'digits'"),
        ("nothing.csv", {}, "neither a file, a folder nor a data set named 'nothing.csv'"),
        ((np.zeros((3, 2)), np.zeros(4)), {}, "same n"),
        ((np.zeros((3, 2)),), {}, "a tuple of 1"),
        ((np.zeros((30, 2)), np.arange(30)), {"target": "y"}, "arrays have none"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_data_gets_an_error_that_says_what_is_wrong_and_how_to_mend_it(data, options, message: str) -> None:
    with pytest.raises((ArgumentError, DataError), match=message) as caught:
        study(data, out=False, **FEW, **options)
    assert caught.value.remedy


def test_a_ragged_csv_names_its_line(tmp_path) -> None:
    path = tmp_path / "ragged.csv"
    path.write_text("a,b,y\n" + "1,2,n\n" * 12 + "1,2,3,4,p\n")
    with pytest.raises(DataError) as caught:
        study(path, out=False, **FEW)
    assert "14" in str(caught.value)


def test_missing_inputs_are_filled_and_not_fatal() -> None:
    holes = table()
    holes.iloc[3:20, 0] = np.nan
    found = study(holes, "outcome", out=False, **FEW)
    assert found.analysis["missing"] == 17 and not any(t.failed for t in found.trained)


def test_in_a_pipe_the_steps_are_plain_lines_of_80_columns(capsys) -> None:
    study(table(), out=False, **FEW | {"verbose": True})
    said = capsys.readouterr().out
    lines = said.splitlines()
    assert [line for line in lines if line.startswith("── ")][:4] == [
        f"── {step} ".ljust(80, "─") for step in ("1 Analyze", "2 Choose", "3 Train", "4 Evaluate")
    ]
    assert max(map(len, lines)) <= 80 and "\x1b" not in said and "epoch 1 of" not in said
    assert all(line == line.rstrip() for line in lines)


def test_on_a_terminal_a_network_has_a_live_line() -> None:
    import io

    from rich.console import Console

    from neuralzoo.study.problem import Problem

    stream = io.StringIO()
    screen = Screen(console=Console(file=stream, force_terminal=True, width=80, highlight=False))
    candidate = run.choose(Problem("table", "binary", 100, (3,), 2, 40)).candidates[-1]
    screen.started(candidate)
    screen.progress(candidate, 7, 300, {"loss": 0.5, "val_loss": 0.25})
    screen.stop_live()
    assert "epoch 7 of 300" in stream.getvalue()


def test_numbers_and_lines_are_cut_for_people() -> None:
    assert [number(v) for v in (0.98765, 54.321, 1234.5)] == ["0.988", "54.32", "1,234"]
    assert wrapped("a 95 % interval", 20) == ["a 95 % interval"]
