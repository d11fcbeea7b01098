"""`neuralzoo train` and `neuralzoo summary`."""

import sys
from typing import Annotated, Any

import typer

from neuralzoo.cli.study import Data, Group, Seed, Split, Target, Task, Time


def train(
    data: Data,
    target: Target = None,
    task: Task = None,
    layers: Annotated[str, typer.Option(help="Units of the hidden layers, first to last; 0 for none.")] = "64,32",
    activation: Annotated[str, typer.Option(help="Of the hidden layers: relu, tanh, sigmoid, gelu…")] = "relu",
    epochs: Annotated[int, typer.Option(help="How often to go through the training rows.", min=1)] = 30,
    batch_size: Annotated[int, typer.Option(help="Rows in a step.", min=1)] = 32,
    learning_rate: Annotated[float | None, typer.Option(help="The optimizer's own where it is not given.")] = None,
    optimizer: Annotated[str, typer.Option(help="adam, sgd, rmsprop, adamw, nadam, lion…")] = "adam",
    dropout: Annotated[float, typer.Option(help="Share of hidden units dropped in each step.", min=0, max=0.95)] = 0.0,
    save: Annotated[str | None, typer.Option(help="Where to save the network with its preprocessing, such as model.nz.")] = None,
    seed: Seed = 0,
    split: Split = "80/10/10",
    group: Group = None,
    time: Time = None,
) -> None:
    """Train one network and score it: for trying layers, rates and optimizers by hand."""
    from neuralzoo.study.one import Settings, train_one

    units = _units(layers)
    settings = Settings(units, activation, epochs, batch_size, learning_rate, optimizer, dropout)
    train_one(data, settings, target=target, task=task, seed=seed, split=split, group=group, time=time, save=save)


def summary(
    network: Annotated[str, typer.Argument(help="A model.nz, a folder that `neuralzoo study` wrote, or an architecture such as vgg16.")],
    edition: Annotated[str, typer.Option(help="Of an architecture: full, as published, or small, for images of 28 or 32 pixels.")] = "full",
    figure: Annotated[str | None, typer.Option(help="Draw the layers into this file, such as net.svg.")] = None,
) -> None:
    """Show the layers of a saved network or of a well-known architecture, and draw them."""
    model, said = _model(network, edition)
    model.summary()
    if said:
        print(f"\n{said}")
    if figure is not None:
        from neuralzoo.utils import plot_model

        plot_model(model, figure)
        print(f"\ndrawn in {figure}")
    sys.stdout.flush()


def _model(network: str, edition: str) -> tuple[Any, str]:
    """A model from a file, or an architecture by its name, and what else there is to say of it."""
    from pathlib import Path

    from neuralzoo.train.saving import load, load_extra

    if not Path(network).exists() and not Path(network).suffix and Path(network).name == network:
        from neuralzoo.architectures import catalogue
        from neuralzoo.core.errors import ArgumentError, nearest

        if network not in catalogue:
            raise ArgumentError(f"there is no file, folder or architecture named {network!r}", remedy=nearest(network, catalogue))
        return catalogue[network](edition=edition), ""
    model, extra = load(network), load_extra(network)
    if "preparation" not in extra:
        return model, ""
    columns = [e["column"] for e in extra["preparation"]["encoders"]]
    shown = ", ".join(columns[:6]) + (f" and {len(columns) - 6} more" if len(columns) > 6 else "")
    return model, f"{extra['candidate']}: {extra['task']}, predicts {extra['target']}" + (f" from {shown}" if columns else "")


def _units(text: str) -> tuple[int, ...]:
    from neuralzoo.core.errors import ArgumentError

    try:
        units = tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        units = (-1,)
    if any(n < 0 for n in units):
        raise ArgumentError(f"--layers {text!r} is no list of sizes", remedy="write the units of each hidden layer: --layers 64,32")
    return tuple(n for n in units if n)
