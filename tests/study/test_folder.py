"""The result folder, and what is done with it afterwards."""

import csv
import json

import numpy as np
import pandas
import pytest
from sklearn.datasets import load_iris

from neuralzoo.core.errors import ArgumentError, DataError
from neuralzoo.io.folders import result_folder
from neuralzoo.study.deploy import open_study
from neuralzoo.study.folder import FILES, recipe


@pytest.fixture(scope="module")
def deployed(iris_study):
    return open_study(iris_study.folder)


@pytest.fixture(scope="module")
def rows() -> pandas.DataFrame:
    held = load_iris(as_frame=True)
    return held.data.assign(**{"class": np.array(held.target_names)[held.target]})


def test_a_result_folder_holds_the_four_files_and_nothing_else(iris_study) -> None:
    assert sorted(p.name for p in iris_study.folder.iterdir()) == sorted(FILES)
    assert [p.name for p in iris_study.folder.parent.iterdir()] == ["iris"]


def test_study_json_tells_the_whole_study(iris_study) -> None:
    told = json.loads((iris_study.folder / "study.json").read_text("utf-8"))
    assert {"analysis", "split", "candidates", "evaluated", "comparison", "verdict", "versions", "data", "seed"} <= set(told)
    assert told["versions"]["jax"] and told["data"]["command"].startswith("neuralzoo study")
    by_name = {c["name"]: c for c in told["candidates"]}
    assert by_name["MLP 16"]["history"]["val_loss"] and by_name["MLP 16"]["diagnosis"]["name"]
    assert "LogisticRegression" in by_name["logistic regression"]["recipe"]


def test_history_csv_has_a_row_for_each_epoch_of_each_network(iris_study) -> None:
    with (iris_study.folder / "history.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    for trained in iris_study.trained:
        mine = [line for line in lines if line["candidate"] == trained.candidate.name]
        assert len(mine) == len(trained.history.get("loss", ()))
        if mine:
            assert float(mine[-1]["val_loss"]) == pytest.approx(trained.history["val_loss"][-1], rel=1e-5)


def test_the_report_is_one_page_that_asks_nothing_of_the_network(iris_study) -> None:
    page = (iris_study.folder / "report.html").read_text("utf-8")
    assert iris_study.verdict.use in page and "<script src" not in page and 'href="http' not in page


def test_the_saved_network_predicts_what_the_study_saw(iris_study, deployed, rows) -> None:
    trained = next(t for t in iris_study.trained if t.candidate.name == deployed.candidate)
    features = rows.drop(columns="class")
    np.testing.assert_allclose(deployed.predict(features).outputs, iris_study.predict(features).outputs, atol=1e-6)
    assert trained.outputs["test"].shape == (15, 3)


def test_columns_are_found_by_name_in_any_order_and_the_target_may_be_there(deployed, rows) -> None:
    mixed = rows[rows.columns[::-1]]
    np.testing.assert_array_equal(deployed.predict(mixed).values, deployed.predict(rows).values)
    assert (deployed.predict(rows).values == rows["class"]).mean() > 0.9


def test_predictions_are_written_with_a_probability_for_each_class(deployed, rows, tmp_path) -> None:
    deployed.predict(rows.head(4)).save(tmp_path / "p.csv")
    back = pandas.read_csv(tmp_path / "p.csv")
    assert list(back.columns) == ["prediction", *(f"probability {c}" for c in ("setosa", "versicolor", "virginica"))]
    np.testing.assert_allclose(back.iloc[:, 1:].sum(axis=1), 1, atol=1e-5)
    with pytest.raises(DataError, match="cannot be written"):
        deployed.predict(rows).save(tmp_path / "none" / "p.csv")


def test_a_missing_column_text_in_a_number_and_an_empty_table_are_refused(deployed, rows) -> None:
    with pytest.raises(DataError, match="columns are missing: 'petal width"):
        deployed.predict(rows.drop(columns="petal width (cm)"))
    with pytest.raises(DataError, match="holds text where numbers are expected: 'wide'"):
        deployed.predict(rows.assign(**{"petal width (cm)": "wide"}))
    with pytest.raises(DataError):
        deployed.predict(rows.iloc[:0])
    assert any("ignored" in note for note in deployed.predict(rows.assign(extra=1)).notes)


def test_new_labelled_rows_are_scored_with_intervals_and_confusion(deployed, rows) -> None:
    judged = deployed.evaluate(rows)
    assert judged.evaluated.scores["accuracy"].value > 0.9 and judged.confusion.sum() == 150 and judged.classes[0] == "setosa"


def test_a_class_that_training_never_saw_is_a_clear_error(deployed, rows) -> None:
    with pytest.raises(DataError, match="a class that the training rows do not have: 'tulip'") as caught:
        deployed.evaluate(rows.assign(**{"class": ["tulip", *rows["class"][1:]]}))
    assert "setosa" in caught.value.remedy


def test_the_target_may_have_another_name_in_the_new_rows(deployed, rows) -> None:
    renamed = rows.rename(columns={"class": "species"})
    assert deployed.evaluate(renamed, "species").rows == 150
    with pytest.raises(ArgumentError, match="no target column 'class'"):
        deployed.evaluate(renamed)


def test_what_is_no_study_is_refused(tmp_path, iris_study) -> None:
    with pytest.raises(ArgumentError, match="no folder"):
        open_study(tmp_path / "none")
    with pytest.raises(ArgumentError, match="not the result of a study"):
        open_study(tmp_path)
    (tmp_path / "study.json").write_text("{}")
    with pytest.raises(ArgumentError, match="no network finished"):
        open_study(tmp_path)


def test_a_network_saved_without_preprocessing_is_told_from_a_study(tmp_path) -> None:
    from neuralzoo.layers import Dense
    from neuralzoo.train.sequential import Sequential

    Sequential([Dense(1, input_shape=(2,))]).save(tmp_path / "model.nz")
    with pytest.raises(ArgumentError, match="without its preprocessing"):
        open_study(tmp_path)


def test_a_full_folder_is_never_touched_without_force(tmp_path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ArgumentError, match="not empty") as caught:
        result_folder(tmp_path, "study", "iris", FILES)
    assert "--force" in caught.value.remedy
    assert result_folder(tmp_path, "study", "iris", FILES, force=True) == tmp_path
    with pytest.raises(ArgumentError, match="is a file"):
        result_folder(tmp_path / "thesis.tex", "study", "iris", FILES)
    with pytest.raises(ArgumentError, match="does not exist"):
        result_folder(tmp_path / "none" / "deep", "study", "iris", FILES)


def test_force_replaces_the_files_of_a_study_and_leaves_all_others(tmp_path) -> None:
    from neuralzoo.study.run import study

    (tmp_path / "thesis.tex").write_text("years of work")
    (tmp_path / "study.json").write_text("old")
    study("iris", out=tmp_path, only=["single"], budget=1, verbose=False, force=True)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([*FILES, "thesis.tex"])


def test_folders_are_numbered_where_a_name_is_taken(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert result_folder(None, "study", "my data!", FILES).name == "study-my-data"
    (tmp_path / "study-iris").mkdir()
    assert result_folder(None, "study", "iris", FILES).name == "study-iris-2"


def test_pictures_and_arrays_go_all_the_way_from_files_to_predictions(tmp_path) -> None:
    from PIL import Image

    from neuralzoo.study.run import study

    rng = np.random.default_rng(0)
    for name, low in (("dark", 0), ("light", 128)):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for k in range(30):
            Image.fromarray(rng.integers(low, low + 128, (6, 6), np.uint8)).save(tmp_path / "pictures" / name / f"{k}.png")
    found = study(tmp_path / "pictures", out=tmp_path / "out", only=["single"], budget=2, verbose=False)
    assert found.analysis["kind"] == "images"
    loose = open_study(tmp_path / "out").predict(str(tmp_path / "pictures" / "dark"))
    assert loose.files[0] == "0.png" and loose.header[0] == "file" and (loose.values == "dark").mean() > 0.9
    np.savez(tmp_path / "new.npz", x=np.full((2, 6, 6), 250, np.uint8))
    assert open_study(tmp_path / "out").predict(tmp_path / "new.npz").values.tolist() == ["light", "light"]
    judged = open_study(tmp_path / "out").evaluate(str(tmp_path / "pictures"))
    assert judged.evaluated.scores["accuracy"].value > 0.9
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="trained on images"):
        open_study(tmp_path / "out").predict(tmp_path / "table.csv")


def test_a_recipe_names_every_class_it_needs() -> None:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.svm import SVC

    lines = recipe(CalibratedClassifierCV(SVC(C=2.0), cv=3))
    scope: dict = {"x": np.random.default_rng(0).normal(size=(30, 2)), "y": np.arange(30) % 2}
    exec(lines, scope)
    assert scope["model"].predict(scope["x"]).shape == (30,)
    assert recipe(None) is None
