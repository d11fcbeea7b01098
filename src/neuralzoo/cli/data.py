"""`neuralzoo data list|info|get`."""

from typing import Annotated

import typer

app = typer.Typer(help="The named data sets: list, info, get.", no_args_is_help=True, rich_markup_mode=None)
Name = Annotated[str, typer.Argument(help="A name from `neuralzoo data list`.")]


@app.command("list")
def list_all() -> None:
    """List the named data sets."""
    from neuralzoo.data import CATALOGUE

    for e in CATALOGUE.values():
        absent = "" if e.state in ("built in", "here") else f" ({e.state})"
        print(f"{e.name:<21} {e.kind:<10} {e.title}{absent}")


@app.command()
def info(name: Name) -> None:
    """Tell about a named data set: what it is, where it comes from, what it has been known to give."""
    from neuralzoo.data import entry

    e = entry(name)
    facts = {"name": e.name, "what": e.title, "kind": e.kind, "task": e.task, "source": e.source, "licence": e.licence}
    facts |= {"reference": e.reference, "state": e.state, "files": ", ".join(f.path for f in e.files)}
    for fact, said in facts.items():
        if said:
            print(f"{fact:<10} {said}")
    if e.load is not None:
        print(f"{'study it':<10} neuralzoo study {e.name}")
    elif e.kind == "text":
        print(f"{'learn it':<10} neuralzoo train text {e.name}")


@app.command()
def get(name: Name) -> None:
    """Fetch the files of a named data set."""
    from neuralzoo.data import entry

    e = entry(name)
    paths = e.get()
    print("\n".join(paths) if paths else f"{e.name} is built in: there is nothing to fetch")
