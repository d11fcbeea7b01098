"""The lectures' figures on real data, each by its example (`make test-slow`; docs/results.md has what was reached)."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.slow
NETWORKS = ("plain20", "resnet20", "plain56", "resnet56")


def printed(data_folder: Path, folder: Path, name: str, *arguments: str, hours: int = 1) -> str:
    """What an example prints, within so many hours."""
    env = {**os.environ, "NEURALZOO_DATA": str(data_folder), "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, ROOT / "examples" / name, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=env, cwd=folder, check=True, timeout=3600 * hours).stdout


def figure(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    assert found is not None, text[-2000:]
    return float(found[1])


def test_the_listing_of_the_perceptron_reaches_98_40_percent(data_folder, tmp_path):
    accuracy = figure(r"Test accuracy: ([\d.]+)", printed(data_folder, tmp_path, "mnist_mlp.py"))
    assert 0.9825 <= accuracy <= 0.9855


def test_the_listing_of_the_convolutional_network_reaches_99_25_percent(data_folder, tmp_path):
    accuracy = figure(r"Test accuracy: ([\d.]+)", printed(data_folder, tmp_path, "mnist_cnn.py"))
    assert 0.9915 <= accuracy <= 0.9935


def test_lenet_errs_in_at_most_0_95_percent(data_folder, tmp_path):
    assert figure(r"Test error: ([\d.]+)", printed(data_folder, tmp_path, "lenet.py")) <= 0.0095


def test_one_hidden_layer_of_800_units_errs_in_1_6_percent(data_folder, tmp_path):
    assert figure(r"as in the paper: ([\d.]+)", printed(data_folder, tmp_path, "zoo_feed_forward.py")) <= 1.7


def test_a_thousand_radial_units_err_in_at_most_3_6_percent(data_folder, tmp_path):
    assert figure(r"Test error: ([\d.]+)", printed(data_folder, tmp_path, "zoo_rbf.py")) <= 0.036


def test_depth_helps_with_shortcuts_and_harms_without(data_folder, tmp_path):
    told = printed(data_folder, tmp_path, "cifar_depth.py", hours=4)
    rows = {name: [float(n) for n in re.findall(r"([\d.]+)%", told.split(f"{name} ")[1].splitlines()[0])] for name in NETWORKS}
    training, test = ({name: row[i] for name, row in rows.items()} for i in (0, 1))
    assert test["resnet20"] < test["plain20"]
    assert training["plain56"] > training["plain20"]
    assert training["resnet56"] <= training["resnet20"]


def test_a_deep_belief_network_errs_in_at_most_1_5_percent(data_folder, tmp_path):
    assert figure(r"Test error: ([\d.]+) %", printed(data_folder, tmp_path, "zoo_dbn.py")) <= 1.5


def test_boltzmann_machines_solve_the_encoder(data_folder, tmp_path):
    told = printed(data_folder, tmp_path, "zoo_boltzmann.py", "50", "1500")
    assert figure(r"(\d+) of 50 solved", told) >= 48
    assert figure(r"median (\d+)", told) <= 110


def test_hopfields_memory_breaks_down_near_0_138(data_folder, tmp_path):
    stored = printed(data_folder, tmp_path, "zoo_hopfield.py").splitlines()[0]
    below, above = (1 - figure(rf"{load}: ([\d.]+)", stored) for load in (r"0\.12", r"0\.2"))
    assert above > 10 * below and below < 0.01


def test_a_chain_of_order_five_prices_shakespeare_at_2_25_bits(data_folder, tmp_path):
    nats = [float(n) for n in re.findall(r"kneser-ney: ([\d.]+) nats", printed(data_folder, tmp_path, "zoo_markov.py"))]
    assert nats.index(min(nats)) == 5 and nats[5] <= 1.57


def test_spiking_neurons_reach_93_9_percent_in_one_epoch(data_folder, tmp_path):
    assert figure(r"Test accuracy after one epoch: ([\d.]+)", printed(data_folder, tmp_path, "zoo_spiking.py")) >= 0.939


def test_an_echo_state_network_forecasts_mackey_and_glass(data_folder, tmp_path):
    told = printed(data_folder, tmp_path, "zoo_esn.py")
    assert figure(r"inputs ±0.5: RMSE over 20 seeds: mean ([\d.]+)", told) <= 0.00203


def test_a_liquid_tells_more_than_its_input(data_folder, tmp_path):
    assert "8 templates:" in printed(data_folder, tmp_path, "zoo_liquid.py")


def test_scaling_and_tuning_pay_for_a_support_vector_machine(data_folder, tmp_path):
    assert "of the held-out rows right" in printed(data_folder, tmp_path, "zoo_svm.py")


def test_a_map_tells_its_errors(data_folder, tmp_path):
    assert "digits 14 × 15 hexagonal ours: quantization error" in printed(data_folder, tmp_path, "zoo_kohonen.py")


def test_pre_training_without_labels_pays_where_labels_are_few(data_folder, tmp_path):
    told = printed(data_folder, tmp_path, "zoo_stacked_autoencoder.py")
    gains = [(float(mean), float(sd)) for mean, sd in re.findall(r"([-\d.]+) ± ([\d.]+) points", told)]
    assert len(gains) == 2 and all(mean > sd for mean, sd in gains)


def test_a_variational_autoencoder_needs_at_most_105_nats(data_folder, tmp_path):
    assert figure(r"Test −ELBO: ([\d.]+) nats", printed(data_folder, tmp_path, "zoo_vae.py")) <= 105


def test_graph_convolution_reaches_81_5_percent_of_cora(data_folder, tmp_path):
    assert figure(r"mean ([\d.]+) %", printed(data_folder, tmp_path, "zoo_gcn.py")) >= 80.9  # 10 runs of sd 0.6


def test_graph_attention_reaches_83_percent_of_cora(data_folder, tmp_path):
    assert figure(r"mean ([\d.]+) %", printed(data_folder, tmp_path, "zoo_gat.py")) >= 82.0  # 2 runs of sd 0.7


def test_a_generator_covers_all_eight_clouds_of_a_ring(data_folder, tmp_path):
    told = printed(data_folder, tmp_path, "zoo_gan.py")
    assert "all 8 clouds in 3 of 3 seeds" in told and figure(r"least ([\d.]+)%", told) >= 50


def test_pose_and_light_have_units_of_their_own(data_folder, tmp_path):
    told = printed(data_folder, tmp_path, "zoo_dcign.py")
    assert figure(r"at least ([\d.]+);", told) >= 0.9 and figure(r"at most ([\d.]+)", told) <= 0.05


def test_a_neural_turing_machine_copies_1_to_20_vectors_and_goes_on_to_120(data_folder, tmp_path):
    told = printed(data_folder, tmp_path, "zoo_ntm.py")
    assert figure(r"\(1, 20\)}, 1000 new sequences: ([\d.]+)", told) <= 0.1
    assert figure(r"\(120, 120\)}, 200 new sequences: .* bits, ([\d.]+)%", told) <= 1


def test_dropout_reaches_2_90_on_boston_and_knows_how_sure_to_be(data_folder, tmp_path):
    told = printed(data_folder, tmp_path, "zoo_bayes.py", "dropout", "boston", "20")
    assert figure(r"RMSE ([\d.]+)", told) <= 2.90
    assert 80 <= figure(r"([\d.]+)% of targets inside", told) <= 97


def test_laplace_reaches_0_70_on_yacht_and_knows_how_sure_to_be(data_folder, tmp_path):
    told = printed(data_folder, tmp_path, "zoo_bayes.py", "laplace", "yacht", "20")
    assert figure(r"RMSE ([\d.]+)", told) <= 0.70
    assert 80 <= figure(r"([\d.]+)% of targets inside", told) <= 97
