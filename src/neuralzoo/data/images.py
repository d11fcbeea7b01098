"""Pictures sorted into folders, one folder per class: `read_images`."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neuralzoo.core.errors import DataError

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm")
SIDES = {"train": "train", "training": "train", "val": "train", "valid": "train", "validation": "train", "test": "test", "testing": "test"}
TURNED = ("JPEG", "MPO", "TIFF")  # formats with an orientation tag that is found without decoding the pixels
LIMIT = 4 * 2**30  # bytes of pixels held at once


@dataclass(frozen=True, eq=False)
class Images:
    """Pixels `x` uint8 (n, height, width, channels), labels `y` (n,), `files` relative to the folder, official `test_rows`."""

    x: np.ndarray
    y: np.ndarray
    class_names: tuple[str, ...]
    files: tuple[str, ...]
    test_rows: np.ndarray | None = None
    notes: tuple[str, ...] = ()


def read_images(folder: str | Path, *, size: tuple[int, int] | None = None) -> Images:
    """All pictures of `folder/<class>/*.png` (or `folder/train/<class>/…` and `folder/test/<class>/…`).

    Pictures of another size than the most common one, or than `size` = (height, width), are resized; colour is kept where any
    picture has it. Both are said in the notes.
    """
    folder = Path(folder)
    found, empty = _pictures(folder)
    notes = [f"folder {name!r} holds no pictures" for name in empty]
    sizes, colours, deep = Counter[tuple[int, int]](), 0, 0
    for path, _, _ in found:
        shape, mode = _header(path)
        sizes[shape] += 1
        colours += mode not in ("1", "L", "I", "F") and not mode.startswith("I;16")
        deep += mode == "I" or mode.startswith("I;16")
    height, width = size or sizes.most_common(1)[0][0]
    channels = 3 if colours else 1
    if (need := len(found) * height * width * channels) > LIMIT:
        raise DataError(
            f"{len(found)} pictures of {height} x {width} need {need / 2**30:.1f} GiB",
            where=str(folder),
            remedy="make them smaller: read_images(folder, size=(64, 64)), or resize the files",
        )
    if other := len(found) - sizes[(height, width)]:
        notes.append(f"{other} of {len(found)} pictures are resized to {height} x {width}")
    if 0 < colours < len(found):
        notes.append(f"{len(found) - colours} grey pictures are turned to colour, like the other {colours}")
    if deep:
        notes.append(f"{deep} pictures have 16 bits a pixel and are reduced to 8")
    x = np.empty((len(found), height, width, channels), np.uint8)
    for k, (path, _, _) in enumerate(found):
        x[k] = read_pixels(path, height, width, channels)
    labels = np.array([label for _, label, _ in found])
    test = np.flatnonzero([side == "test" for _, _, side in found])
    files = tuple(path.relative_to(folder).as_posix() for path, _, _ in found)
    return Images(x, labels, tuple(sorted(set(labels.tolist()))), files, test if 0 < len(test) < len(found) else None, tuple(notes))


def _pictures(folder: Path) -> tuple[list[tuple[Path, str, str]], list[str]]:
    """Every picture with its class and its side, in an order that no file system changes; and the classes without any."""
    if not folder.is_dir():
        raise DataError("there is no such folder", where=str(folder), remedy="check the path and the spelling")
    below = _folders(folder)
    sided = bool(below) and all(path.name.lower() in SIDES for path in below) and all(_folders(path) for path in below)
    classes = [(sub, SIDES[path.name.lower()]) for path in below for sub in _folders(path)] if sided else [(path, "") for path in below]
    found, empty = [], []
    for path, side in classes:
        pictures = sorted((p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and not p.name.startswith(".")), key=Path.as_posix)
        found += [(picture, path.name, side) for picture in pictures]
        empty += [] if pictures else [path.name]
    if not found:
        loose = any(p.suffix.lower() in SUFFIXES for p in folder.iterdir())
        raise DataError(
            "the pictures lie loose in the folder, so no class is known" if loose else "no pictures in this folder",
            where=str(folder),
            remedy=f"put the pictures of each class into a folder of its own, {folder.name}/<class>/picture.png (png, jpg, bmp, gif, tif…)",
        )
    return found, empty


def _folders(path: Path) -> list[Path]:
    return sorted((p for p in path.iterdir() if p.is_dir() and not p.name.startswith((".", "__"))), key=lambda p: p.name)


def _header(path: Path) -> tuple[tuple[int, int], str]:
    """(height, width) as it will be shown, and the colour mode, without decoding the pixels."""
    with _opened(path) as picture:
        width, height = picture.size
        turned = picture.format in TURNED and picture.getexif().get(0x0112, 1) >= 5  # cameras store portraits lying
        return ((width, height) if turned else (height, width)), picture.mode if picture.mode != "P" else "RGB"


def read_pixels(path: Path, height: int, width: int, channels: int) -> np.ndarray:
    """One picture as `(height, width, channels)` of uint8, resized where it must be."""
    from PIL import Image, ImageOps

    try:
        with _opened(path) as picture:
            upright = ImageOps.exif_transpose(picture) if picture.format in TURNED else picture
            if upright.mode == "I" or upright.mode.startswith("I;16"):
                upright = Image.fromarray((np.asarray(upright).astype(np.uint32) >> 8).astype(np.uint8))
            upright = upright.convert("RGB" if channels == 3 else "L")
            if upright.size != (width, height):
                upright = upright.resize((width, height), Image.Resampling.BILINEAR)
            return np.asarray(upright).reshape(height, width, channels)
    except (OSError, SyntaxError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise _unreadable(path, error) from error


def _opened(path: Path) -> Any:
    from PIL import Image

    try:
        return Image.open(path)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> DataError:
    return DataError(f"this picture cannot be read: {error}", where=str(path), remedy="remove or replace the file")
