"""`neuralzoo train text` and `neuralzoo sample`."""

from typing import Annotated

import typer

from neuralzoo.cli.study import Seed


def train_text(
    text: Annotated[str, typer.Argument(metavar="FILE", help="A text file in UTF-8, or a named text such as shakespeare.")],
    net: Annotated[str, typer.Option(help="lstm, gru or rnn (Elman's).")] = "lstm",
    units: Annotated[int, typer.Option(help="Units of each recurrent layer.", min=1)] = 256,
    layers: Annotated[int, typer.Option(help="Recurrent layers, one upon the other.", min=1)] = 1,
    dropout: Annotated[float, typer.Option(help="Share of values behind each layer dropped in each step.", min=0, max=0.95)] = 0.2,
    steps: Annotated[int, typer.Option(help="Characters that gradients go back.", min=1)] = 100,
    batch: Annotated[int | None, typer.Option(help="Places of the text that are read at once; 32, fewer for a short text.", min=1)] = None,
    epochs: Annotated[int, typer.Option(help="How often to read the text.", min=1)] = 6,
    minutes: Annotated[float | None, typer.Option(help="Stop after so many minutes, wherever training is.")] = None,
    learning_rate: Annotated[float, typer.Option(help="At the start; it falls to the end.")] = 0.01,
    lower: Annotated[bool, typer.Option("--lower", help="Read capitals as small letters.")] = False,
    rare: Annotated[int, typer.Option(help="Characters that occur less often become one sign.", min=1)] = 1,
    out: Annotated[str | None, typer.Option(help="The result folder; text-NAME where it is not named.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier result in --out.")] = False,
    seed: Seed = 0,
) -> None:
    """Train a network to write like a text, and judge it on the end of the text. Ctrl-C keeps what was learned."""
    from neuralzoo.text.model import TextModel
    from neuralzoo.text.run import train_text as run

    model = TextModel(net, units, layers, dropout, lower=lower, rare=rare, seed=seed)
    run(text, model, out, epochs=epochs, batch=batch, steps=steps, learning_rate=learning_rate, minutes=minutes, force=force, verbose=1)


def sample(
    folder: Annotated[str, typer.Argument(help="The folder that `neuralzoo train text` wrote.")],
    prompt: Annotated[str, typer.Option(help="What the text begins with; \\n is the end of a line.")] = "",
    temperature: Annotated[float, typer.Option(help="1 as it learned, lower more surely, 0 always the likeliest.", min=0)] = 0.8,
    length: Annotated[int, typer.Option(help="Characters to write.", min=1)] = 500,
    top_k: Annotated[int | None, typer.Option(help="Draw from the so many likeliest characters only.", min=1)] = None,
    seed: Seed = 0,
) -> None:
    """Let a trained network write."""
    from neuralzoo.text.model import TextModel

    prompt = prompt.replace("\\n", "\n")
    print(prompt + TextModel.load(folder).sample(prompt, length, temperature, top_k, seed))
