"""`neuralzoo playground`."""

from typing import Annotated

import typer


def playground(
    data: Annotated[str | None, typer.Argument(help="Your own: a CSV, TSV, Parquet or NPZ file, a folder of pictures, or a name.")] = None,
    target: Annotated[str | None, typer.Option(help="The column to predict; found where it is not named.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to listen; a free port where it is taken.")] = 8765,
    host: Annotated[str, typer.Option(help="Where to listen; a token is asked for at any but this machine's own.")] = "127.0.0.1",
    token: Annotated[str, typer.Option(help="The secret that the first visit has to bring in its address; made up where needed.")] = "",
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser.")] = True,
) -> None:
    """Watch networks learn, step by step, on a page served from this process."""
    from neuralzoo.play.launch import serve

    found = None
    if data is not None:
        from neuralzoo.data.opening import open_dataset

        found = open_dataset(data, target=target)
    serve(found, host=host, port=port, token=token, browser=browser)
