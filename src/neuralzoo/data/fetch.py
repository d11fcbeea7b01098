"""Files of named data sets: from `$NEURALZOO_DATA`, else from the user's cache, else downloaded and checked."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neuralzoo.core.errors import DataError

TIMEOUT = 10.0  # seconds to wait for a server


@dataclass(frozen=True)
class RemoteFile:
    """A file below a data folder; `hash` is `sha256:…` or `md5:…`, `urls` are mirrors, () where none may be trusted."""

    path: str
    hash: str = ""
    urls: tuple[str, ...] = ()


def data_folders() -> tuple[Path, ...]:
    """Where files are looked for, in order: `$NEURALZOO_DATA` where it is set, then the user's cache."""
    import pooch

    chosen = os.environ.get("NEURALZOO_DATA", "").strip()
    cache = Path(pooch.os_cache("neuralzoo"))
    return (Path(chosen).expanduser(), cache) if chosen else (cache,)


def find_file(path: str) -> Path | None:
    """The file `path` in one of the data folders; of a `.gz` file the unpacked twin will do."""
    for folder in data_folders():
        for name in (path, path.removesuffix(".gz")):
            if (found := folder / name).is_file():
                return found
    return None


def fetch(file: RemoteFile, name: str) -> Path:
    """The path of a file of the data set `name`, downloaded into the cache if need be; a damaged download is not kept."""
    found = find_file(file.path)
    if found is not None:
        return found
    failures = [f"{url}: {problem}" for url in file.urls if (problem := _download(file, url))]
    if file.urls and len(failures) < len(file.urls):
        return data_folders()[-1] / file.path
    looked = ", ".join(str(folder / file.path) for folder in data_folders())
    tried = f"; tried {'; '.join(failures)}" if failures else "; no address with a known checksum exists for it"
    again = f", or connect to the network and run `neuralzoo data get {name}`" if file.urls else ""
    raise DataError(
        f"the data set {name!r} needs {Path(file.path).name}, which is not here",
        where=f"looked at {looked}{tried}",
        remedy=f"put the file at {data_folders()[0] / file.path}, or set NEURALZOO_DATA to the folder that holds {file.path}{again}",
    )


def _download(file: RemoteFile, url: str) -> str:
    """Download one file; returns what went wrong, "" for nothing."""
    import pooch
    import requests

    target = data_folders()[-1] / file.path
    downloader: Any = pooch.HTTPDownloader(timeout=TIMEOUT)
    try:
        pooch.retrieve(url, file.hash, fname=target.name, path=target.parent, downloader=downloader)
    except requests.exceptions.Timeout:
        return f"no answer within {TIMEOUT:g} s"
    except requests.exceptions.HTTPError as error:
        return f"the server answered: {error}"
    except requests.exceptions.RequestException as error:
        return f"no connection ({type(error).__name__})"
    except ValueError as error:
        if "hash" not in str(error):
            raise
        return f"the download does not have the checksum {file.hash}, so it was not kept"
    except OSError as error:
        return f"it could not be stored: {error}"
    return ""
