"""What the chosen candidate looks at, and where it fails: `permutation_importance` and `hardest_rows`.

Breiman 2001, "Random forests", §10; Fisher, Rudin and Dominici 2019, "All models are wrong, but many are useful".
"""

import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import BytesIO
from typing import Any

import numpy as np

from neuralzoo.study.evaluate import higher_is_better
from neuralzoo.study.records import Task
from neuralzoo.study.scores import plain_scores, row_losses

MOST_COLUMNS = 60  # measured with all repeats; of wider tables those that a first look finds largest
MOST_ROWS = 2000
PATCHES = 7  # along each side of a picture


def permutation_importance(
    predict: Callable[[Any], np.ndarray],
    features: Any,
    truth: np.ndarray,
    task: Task,
    metric: str,
    *,
    repeats: int = 5,
    seed: int = 0,
    seconds: float = 20.0,
) -> tuple[dict[str, tuple[float, float]], str]:
    """Raw column → how much `metric` worsens when the column is shuffled: (mean, standard deviation), largest first; and a note.

    `features` are raw rows: a table, or an array of pictures (patches are shuffled between pictures) or sequences (channels
    are). `predict(features)` gives class probabilities `(rows, classes)` or values `(rows,)`. The note says what was cut short,
    "" if nothing. Columns that say the same share their importance: each may look small.
    """
    rng, notes, end = np.random.default_rng(seed), [], time.monotonic() + seconds
    rows = np.arange(len(truth))
    if len(rows) > MOST_ROWS:
        rows = np.sort(rng.choice(len(rows), MOST_ROWS, replace=False))
        notes.append(f"measured on {MOST_ROWS:,} of {len(truth):,} rows")
    features, truth = _take(features, rows), truth[rows]
    sign = 1 if higher_is_better(metric) else -1
    whole = plain_scores(truth, predict(features), task)[metric]

    def drop(part: Any) -> float:
        shuffled = _shuffled(features, part, rng.permutation(len(truth)))
        return sign * (whole - plain_scores(truth, predict(shuffled), task)[metric])

    parts = _parts(features)
    drops: dict[str, list[float]] = {part: [] for part in parts}
    if len(parts) > MOST_COLUMNS:
        first = {part: drop(parts[part]) for part in _until(end - seconds / 2, parts, notes)}
        # the first look chose these, so it may not count for them
        drops = {part: [] for part in sorted(first, key=lambda p: -first[p])[:MOST_COLUMNS]}
        notes.append(f"the {len(drops)} of {len(parts)} columns that a first shuffle found largest")
    for part in _until(end, [*drops] * repeats, notes):
        drops[part].append(drop(parts[part]))
    kept = [part for part in drops if drops[part]]
    ranked = sorted(kept, key=lambda n: -float(np.mean(drops[n])))
    return {n: (float(np.mean(drops[n])), float(np.std(drops[n]))) for n in ranked}, "; ".join(notes)


def hardest_rows(
    outputs: np.ndarray,
    truth: np.ndarray,
    rows: np.ndarray,
    features: Any,
    task: Task,
    class_names: Sequence[str] = (),
    *,
    most: int = 12,
) -> list[dict[str, Any]]:
    """The test rows with the largest loss, worst first: "row", "truth", "prediction", "confidence" or "error", "values", "picture".

    `rows` are the test rows' numbers in the file, from 0 (they are reported from 1), `features` their raw inputs. "values" holds
    the raw columns of a table; "picture" is a small PNG as a data URI. Of classes only the rows that are wrong are listed.
    """
    losses = row_losses(truth, outputs, task)
    order = np.argsort(-losses, kind="stable")
    if task != "regression":
        order = order[outputs[order].argmax(axis=1) != truth[order]]
    found = []
    for k in order[:most]:
        record: dict[str, Any] = {"row": int(rows[k]) + 1}
        if task == "regression":
            value = float(outputs[k])
            record |= {"truth": float(truth[k]), "prediction": value, "error": value - float(truth[k])}
        else:
            guess = int(outputs[k].argmax())
            names = class_names or [str(c) for c in range(outputs.shape[1])]
            record |= {"truth": names[int(truth[k])], "prediction": names[guess], "confidence": float(outputs[k, guess])}
        one = _take(features, np.array([k]))
        if isinstance(one, np.ndarray):
            record |= {"picture": picture_uri(one[0])} if one.ndim == 4 else {}
        else:
            record["values"] = {str(c): _plain(one[c].iloc[0]) for c in one.columns}
        found.append(record)
    return found


def _until(end: float, parts: Iterable[str], notes: list[str]) -> Iterator[str]:
    """The parts, as long as there is time, but at least one."""
    parts = list(parts)
    for done, part in enumerate(parts):
        if done and time.monotonic() > end:
            notes.append(f"{done} of {len(parts)} shuffles, as the time was over")
            return
        yield part


def picture_uri(pixels: np.ndarray, *, side: int = 96) -> str:
    """`(height, width, 1 or 3)` as a PNG data URI: small pictures as they are, large ones reduced to `side` pixels."""
    from PIL import Image

    pixels = np.asarray(pixels, float)
    top = 255.0 if pixels.max() > 1 and pixels.max() <= 255 and pixels.max() > 16 else max(float(pixels.max()), 1e-12)
    shades = (255 * np.clip(pixels, 0, None) / top).clip(0, 255).astype(np.uint8)
    image = Image.fromarray(shades[..., 0] if shades.shape[-1] == 1 else shades[..., :3])
    image.thumbnail((side, side))
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return "data:image/png;base64," + b64encode(out.getvalue()).decode()


def _parts(features: Any) -> dict[str, Any]:
    """What is shuffled as one: a column of a table, a patch of pictures, a channel of sequences."""
    if not isinstance(features, np.ndarray):
        return {str(c): c for c in features.columns}
    if features.ndim == 2:
        return {f"x_{k + 1}": (..., k) for k in range(features.shape[1])}
    if features.ndim == 3:
        return {f"channel {k + 1}": (..., k) for k in range(features.shape[2])}
    bands = [np.array_split(np.arange(n), max(min(PATCHES, n // 2), 1)) for n in features.shape[1:3]]
    return {
        f"rows {r[0] + 1}–{r[-1] + 1}, columns {c[0] + 1}–{c[-1] + 1}": (slice(None), slice(r[0], r[-1] + 1), slice(c[0], c[-1] + 1))
        for r in bands[0]
        for c in bands[1]
    }


def _shuffled(features: Any, part: Any, order: np.ndarray) -> Any:
    mixed = features.copy()
    if isinstance(features, np.ndarray):
        mixed[part] = features[part][order]
    else:
        mixed[part] = features[part].array[order]  # `.array` keeps categories and dates what they are
    return mixed


def _take(features: Any, rows: np.ndarray) -> Any:
    return features[rows] if isinstance(features, np.ndarray) else features.iloc[rows]


def _plain(value: Any) -> Any:
    """A cell as JSON can hold it."""
    value = value.item() if isinstance(value, np.generic) else value
    return value if isinstance(value, str | int | float | bool | None) and value == value else None if value != value else str(value)
