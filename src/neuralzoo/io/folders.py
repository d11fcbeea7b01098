"""Where the result of a command goes."""

from collections.abc import Sequence
from pathlib import Path

from neuralzoo.core.errors import ArgumentError


def result_folder(out: str | Path | None, kind: str, name: str, files: Sequence[str], force: bool = False) -> Path:
    """`out`, or `KIND-NAME` with a number where that is taken; to be asked for before anything is computed.

    Args:
        out: the user's choice.
        kind, name: what the folder is called where the user chose none, for example "study" and "iris".
        files: what will be written into it.
        force: whether a folder that is not empty may be written to.

    Raises `ArgumentError` for a folder that cannot be taken.
    """
    if out is None:
        base = f"{kind}-" + "".join(c if c.isalnum() or c in "-_." else "-" for c in name).strip("-.")
        return next(path for path in map(Path, [base, *(f"{base}-{k}" for k in range(2, 10_000))]) if not path.exists())
    folder = Path(out).expanduser()
    if folder.is_file():
        raise ArgumentError(f"{folder} is a file, not a folder", remedy="choose another --out")
    if folder.is_dir() and any(folder.iterdir()) and not force:
        raise ArgumentError(
            f"the folder {folder} is there already and not empty",
            remedy=f"choose another --out, or add --force to replace {', '.join(files)} in it (other files stay)",
        )
    if not folder.parent.is_dir():
        raise ArgumentError(
            f"the folder {folder.parent} does not exist", where=f"--out {folder}", remedy="make it first, or choose another --out"
        )
    return folder
