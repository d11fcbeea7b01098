"""Zachary's karate club: 34 members, the 78 friendships between them, and the two clubs they became."""

import numpy as np

# For each member, those with a greater number that they met outside the club, counted from 0.
FRIENDS = (
    (1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 17, 19, 21, 31), (2, 3, 7, 13, 17, 19, 21, 30), (3, 7, 8, 9, 13, 27, 28, 32), (7, 12, 13),
    (6, 10), (6, 10, 16), (16,), (), (30, 32, 33), (33,), (), (), (), (33,), (32, 33), (32, 33), (), (), (32, 33), (33,), (32, 33), (),
    (32, 33), (25, 27, 29, 32, 33), (25, 27, 31), (31,), (29, 33), (33,), (31, 33), (32, 33), (32, 33), (32, 33), (33,), (),
)  # fmt: skip
OFFICERS = (9, 14, 15, 18, 20, *range(22, 34))  # members of the club that the officers founded; the others stayed with the instructor


def load_karate_club() -> dict[str, np.ndarray]:
    """edges (78, 2) undirected, y (34,): 0 for the instructor's club, 1 for the officers'.

    Member 8 sided with the officers but joined the instructor's club, three weeks before his black belt.

    Reference: W. Zachary, "An information flow model for conflict and fission in small groups", Journal of Anthropological
    Research 33, 1977.
    """
    edges = [(member, friend) for member, friends in enumerate(FRIENDS) for friend in friends]
    y = np.zeros(len(FRIENDS), np.int64)
    y[list(OFFICERS)] = 1
    return {"edges": np.array(edges), "y": y}
