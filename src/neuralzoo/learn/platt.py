"""Probabilities from decisions: Platt's sigmoid of each pair of classes, and the one distribution that all pairs speak for."""

import numpy as np

FOLDS = 5  # parts of the rows; decisions on each come from a machine that learned from the others
STEPS, HALVINGS = 100, 30


def fit_sigmoid(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """A and B of the probability 1 / (1 + exp(A f + B)) of the first class, from decisions on rows of the first and the second.

    The likelihood of targets (n₊ + 1) / (n₊ + 2) and 1 / (n₋ + 2), which keep A finite where the classes come apart, by Newton's
    method (J. Platt, 1999; H.-T. Lin, C.-J. Lin, R. Weng, "A note on Platt's probabilistic outputs", Machine Learning 68, 2007).

    >>> a, b = fit_sigmoid(np.array([2.0, 1.0, -0.5]), np.array([-2.0, -1.0, 0.5]))
    >>> a < 0, abs(b) < 1e-6
    (True, True)
    """
    f = np.concatenate([first, second])
    target = np.concatenate([np.full(len(first), (len(first) + 1) / (len(first) + 2)), np.full(len(second), 1 / (len(second) + 2))])
    design = np.stack([f, np.ones_like(f)], axis=1)
    weights = np.array([0.0, np.log((len(second) + 1) / (len(first) + 1))])

    def loss(weights: np.ndarray) -> float:
        z = design @ weights
        return float(np.sum(target * z + np.logaddexp(0, -z)))

    for _ in range(STEPS):
        p = 1 / (1 + np.exp(np.clip(design @ weights, -500, 500)))
        gradient = design.T @ (target - p)
        if np.abs(gradient).max() < 1e-5:
            break
        curvature = (design.T * (p * (1 - p))) @ design + 1e-12 * np.eye(2)
        move = -np.linalg.solve(curvature, gradient)
        share, now = 1.0, loss(weights)
        for _ in range(HALVINGS):
            if loss(weights + share * move) < now + 1e-4 * share * (gradient @ move):
                break
            share /= 2
        weights = weights + share * move
    return float(weights[0]), float(weights[1])


def couple(pairwise: np.ndarray) -> np.ndarray:
    """Probabilities `(rows, classes)` from those `(rows, classes, classes)` of class i against class j; the diagonal is not looked at.

    They solve min Σᵢⱼ (rⱼᵢ pᵢ − rᵢⱼ pⱼ)² with Σ p = 1 (T.-F. Wu, C.-J. Lin, R. Weng, "Probability estimates for multi-class
    classification by pairwise coupling", JMLR 5, 2004).

    >>> couple(np.array([[[0.0, 0.8], [0.2, 0.0]]])).round(3)
    array([[0.8, 0.2]])
    """
    classes = pairwise.shape[-1]
    away = ~np.eye(classes, dtype=bool)
    r = np.where(away, pairwise, 0.0)
    system = np.zeros((len(r), classes + 1, classes + 1))
    system[:, :classes, :classes] = -r * r.transpose(0, 2, 1)
    system[:, range(classes), range(classes)] = np.sum(r * r, axis=1)
    system[:, :classes, classes] = system[:, classes, :classes] = 1
    wanted = np.zeros((len(r), classes + 1, 1))
    wanted[:, classes] = 1
    p = np.clip(np.linalg.solve(system, wanted)[:, :classes, 0], 0, None)
    return p / p.sum(axis=1, keepdims=True)
