"""One small study with all its files, shared by the tests."""

import pytest


@pytest.fixture(scope="session")
def iris_study(tmp_path_factory: pytest.TempPathFactory):
    from neuralzoo.study.run import study

    folder = tmp_path_factory.mktemp("study") / "iris"
    return study("iris", out=folder, only=["logistic", "forest", "single", "MLP 16"], budget=8, verbose=False)
