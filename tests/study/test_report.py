"""The page that a study ends in: whole, safe, self-contained, and true to what it is given."""

import re
import warnings
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from neuralzoo.data import Dataset, dataset_from_arrays, dataset_from_table, split_rows
from neuralzoo.inspect.curves import diagnose
from neuralzoo.study.analyze import analyze
from neuralzoo.study.evaluate import compare, confusion_counts, evaluate, main_metric
from neuralzoo.study.importance import hardest_rows, permutation_importance
from neuralzoo.study.records import Candidate, Study, Trained
from neuralzoo.study.report import report_html, write_report
from neuralzoo.study.selection import best_candidate
from neuralzoo.study.verdict import judge

SIDES = ("train", "validation", "test")


def flat(x):
    return np.asarray(x, float).reshape(len(x), -1)


def fit_baseline(candidate, x, y, rows, task):
    model = candidate.make().fit(flat(x)[rows["train"]], y[rows["train"]])
    predict = model.predict if task == "regression" else model.predict_proba
    return Trained(candidate, model, {side: predict(flat(x)[r]) for side, r in rows.items()}, seconds=0.21, parameters=x[0].size + 1)


def fit_network(candidate, x, y, rows, task, epochs=40):
    """scikit-learn's multi-layer perceptron stands in for the network, epoch by epoch."""
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(flat(x)[rows["train"]])
    z, net = scaler.transform(flat(x)), candidate.make()
    classes = {} if task == "regression" else {"classes": np.unique(y)}
    scale = (y[rows["train"]].mean(), y[rows["train"]].std()) if task == "regression" else (0, 1)
    target = (y - scale[0]) / scale[1] if task == "regression" else y
    history = {"loss": [], "val_loss": []} | ({} if task == "regression" else {"accuracy": [], "val_accuracy": []})
    for _ in range(epochs):
        net.partial_fit(z[rows["train"]], target[rows["train"]], **classes)
        for side, prefix in (("train", ""), ("validation", "val_")):
            if task == "regression":
                history[f"{prefix}loss"].append(float(np.mean((net.predict(z[rows[side]]) - target[rows[side]]) ** 2)))
            else:
                p = net.predict_proba(z[rows[side]])
                history[f"{prefix}loss"].append(float(-np.log(np.clip(p[np.arange(len(p)), y[rows[side]]], 1e-12, 1)).mean()))
                history[f"{prefix}accuracy"].append(float((p.argmax(1) == y[rows[side]]).mean()))

    def predict(raw):
        scaled = scaler.transform(flat(raw))
        return net.predict(scaled) * scale[1] + scale[0] if task == "regression" else net.predict_proba(scaled)

    outputs = {side: predict(x[r]) for side, r in rows.items()}
    count = sum(w.size for w in net.coefs_ + net.intercepts_)
    return Trained(candidate, predict, outputs, history, diagnose(history), seconds=1.73, parameters=count)


def candidates(task):
    from sklearn.dummy import DummyClassifier, DummyRegressor
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    number = task == "regression"
    net = MLPRegressor if number else MLPClassifier
    guess = DummyRegressor if number else lambda: DummyClassifier(strategy="prior")
    forest = RandomForestRegressor if number else RandomForestClassifier
    line = Ridge if number else LogisticRegression
    return [
        Candidate("always the mean" if number else "majority class", "baseline", "what guessing gives: the floor", guess, {}, 0),
        Candidate(
            "ridge" if number else "logistic regression",
            "baseline",
            "is the relation linear?",
            lambda: make_pipeline(StandardScaler(), line()),
            {"C": 1.0},
            1,
        ),
        Candidate(
            "random forest",
            "baseline",
            "the usual winner on tables",
            lambda: forest(100, random_state=0, min_samples_leaf=2),
            {"trees": 100},
            2,
        ),
        Candidate(
            "MLP 16",
            "network",
            "a small network first",
            lambda: net(hidden_layer_sizes=(16,), random_state=0, learning_rate_init=0.005),
            {"units": [16], "batch_size": 32, "optimizer": "adam"},
            3,
        ),
        Candidate(
            "MLP 128-64",
            "network",
            "more room, if the small one under-fits",
            lambda: net(hidden_layer_sizes=(128, 64), random_state=0),
            {"units": [128, 64], "batch_size": 32},
            4,
        ),
    ]


def build_study(data: Dataset, fit=True) -> Study:
    """A study of `data` as the real one hands it over."""
    found = analyze(data)
    task = found.task
    classes = list(found.class_counts)
    y = data.y.astype(float) if task == "regression" else np.array([classes.index(str(v)) for v in data.y])
    split = split_rows(len(y), (0.6, 0.2, 0.2), y=None if task == "regression" else y)
    rows = dict(zip(SIDES, split, strict=True))
    x = data.table.to_numpy() if data.table is not None else data.x
    trained = [(fit_baseline if c.kind == "baseline" else fit_network)(c, x, y, rows, task) for c in candidates(task)]
    broken = Candidate("MLP 512-512", "network", "as large as the data may bear", object, {"units": [512, 512]}, 5)
    trained.append(
        Trained(
            broken,
            None,
            {},
            {"loss": [0.7, 9.1, float("nan")]},
            diagnose({"loss": [0.7, 9.1, float("nan")]}),
            0.4,
            None,
            "training met a NaN in epoch 3",
        )
    )
    truth = {side: y[r] for side, r in rows.items()}
    metric = main_metric(task, truth["train"])
    comparison = compare(trained, truth, task, metric)
    verdict = judge(trained, comparison, truth, task, metric, found.as_dict())
    chosen = next(t for t in trained if t.candidate.name == verdict.use)
    network = best_candidate(trained, truth, task, metric, "network")
    raw = data.take(rows["test"])
    importance, note = permutation_importance(lambda f: network.model(np.asarray(f)), raw, truth["test"], task, metric, repeats=3)
    return Study(
        data={"name": data.name, "source": data.source, "rows": len(y), "class_names": classes, "importance_note": note},
        task=task,
        metric=metric,
        analysis=found.as_dict(),
        split={"train": len(split.train), "how": split.how, "notes": list(split.notes)},
        trained=trained,
        evaluated=evaluate(trained, truth, task, metric),
        comparison=comparison,
        verdict=verdict,
        truth=truth,
        confusion=None if task == "regression" else confusion_counts(truth["test"], chosen.outputs["test"]),
        hardest=hardest_rows(chosen.outputs["test"], truth["test"], rows["test"], raw, task, classes),
        importance=importance,
        seed=0,
        seconds=12.7,
    )


def demo(name: str) -> Study:
    """A study of one of scikit-learn's own data sets."""
    from sklearn import datasets

    if name == "digits":
        bunch = datasets.load_digits()
        return build_study(dataset_from_arrays(bunch.images[..., None], bunch.target, kind="images", name="digits", source="digits"))
    bunch = getattr(datasets, f"load_{name}")(as_frame=True)
    table = bunch.frame
    if name == "breast_cancer":
        table["target"] = np.array(bunch.target_names)[bunch.target]
    return build_study(dataset_from_table(table, target="target", name=name.replace("_", " "), source=f"{name}.csv"))


def hostile_study() -> Study:
    import pandas

    rng = np.random.default_rng(0)
    x = rng.normal(size=(160, 3))
    label = np.where(x[:, 0] + 0.3 * rng.normal(size=160) > 0, "<img src=x onerror=alert(1)>", "</style>$x_{$&\"'日本\x00")
    table = pandas.DataFrame(x, columns=["<script>alert(1)</script>", "</svg><b>", "$\\frac{1}{"]).assign(target=label)
    return build_study(dataset_from_table(table, target="target", name="<script>name</script>", source="x' onload='y.csv"))


class Reader(HTMLParser):
    """Checks nesting, and keeps tags, ids, links and text."""

    VOID = ("meta", "link", "img", "br")

    def __init__(self, page):
        HTMLParser.__init__(self)
        self.open, self.tags, self.ids, self.links, self.text = [], [], [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [v for k, v in attrs if k == "id"]
        self.links += [v for k, v in attrs if k in ("src", "href", "xlink:href", "action", "data")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def studies():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn's networks stop where we tell them to
        return {name: demo(name) for name in ("digits", "breast_cancer", "diabetes")} | {"hostile": hostile_study()}


@pytest.fixture(scope="module")
def pages(studies):
    return {name: report_html(study) for name, study in studies.items()}


NAMES = pytest.mark.parametrize("name", ["digits", "breast_cancer", "diabetes", "hostile"])


@NAMES
def test_the_page_is_well_formed_and_its_ids_are_unique(pages, name):
    reader = Reader(pages[name])
    assert reader.open == []
    assert len(reader.ids) == len(set(reader.ids))
    assert {link[1:] for link in reader.links if link.startswith("#")} <= set(reader.ids)


@NAMES
def test_the_page_asks_nothing_of_any_host_and_runs_no_script(pages, name):
    reader = Reader(pages[name])
    assert all(link.startswith(("#", "data:")) for link in reader.links)
    assert not {"script", "iframe", "object", "form"} & {tag for tag, _ in reader.tags}
    assert not any(key.startswith("on") for _, attributes in reader.tags for key in attributes)
    assert not re.search(r"@import|url\((?!#)", pages[name])


@NAMES
def test_the_page_is_small(pages, name):
    assert len(pages[name].encode()) < 1_000_000


def test_hostile_names_are_shown_as_they_are(pages):
    reader = Reader(pages["hostile"])
    said = "".join(reader.text)
    assert "<script>alert(1)</script>" in said
    assert "<img src=x onerror=alert(1)>" in said
    assert "日本" in said
    assert "\x00" not in pages["hostile"]


@NAMES
def test_the_verdict_comes_first_and_every_candidate_is_named(pages, studies, name):
    study, said = studies[name], "".join(Reader(pages[name]).text)
    assert study.verdict.text in said
    assert (
        said.index(study.verdict.text)
        < said.index("Analyze")
        < said.index("majority class" if study.task != "regression" else "always the mean")
    )
    for trained in study.trained:
        assert trained.candidate.name in said
    assert "failed: training met a NaN in epoch 3" in said


def test_pictures_are_shown_for_pictures(pages, studies):
    shown = [at for tag, at in Reader(pages["digits"]).tags if tag == "img"]
    assert len(shown) == len(studies["digits"].hardest)
    assert all(at["src"].startswith("data:image/png;base64,") for at in shown)


def test_a_picture_that_is_no_png_is_not_put_into_the_page(studies):
    bad = [{"row": 1, "truth": "a", "prediction": "b", "confidence": 0.5, "picture": "javascript:alert(1)", "values": {}}]
    assert "javascript:" not in report_html(replace(studies["digits"], hardest=bad))


def test_the_page_is_written_whole_or_not_at_all(studies, tmp_path, monkeypatch):
    path = write_report(studies["hostile"], tmp_path / "new")
    assert path.read_text("utf-8") == report_html(studies["hostile"])
    monkeypatch.setattr("neuralzoo.study.report.report_html", lambda study: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_report(studies["diabetes"], tmp_path / "new")
    assert [p.name for p in path.parent.iterdir()] == ["report.html"]
    assert path.read_text("utf-8").startswith("<!doctype html>")


def test_the_same_study_gives_the_same_page(studies, pages):
    assert report_html(studies["diabetes"]) == pages["diabetes"]


def test_a_study_in_which_everything_failed_still_has_a_page(studies):
    study = studies["hostile"]
    broken = [Trained(t.candidate, None, {}, failed="out of memory") for t in study.trained]
    verdict = judge(broken, None, study.truth, study.task)
    page = report_html(
        replace(study, trained=broken, evaluated=[], comparison=None, verdict=verdict, confusion=None, hardest=[], importance={})
    )
    assert "No candidate could be evaluated" in page
