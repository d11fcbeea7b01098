"""`neuralzoo zoo`: the networks of the zoo, from their cards."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from neuralzoo.zoo import Member


WIDE = 120  # columns of the terminal, from which on cells and rules have room beside the names


def zoo(
    name: Annotated[str | None, typer.Argument(help="One of them, such as hopfield; all in a list where it is not given.")] = None,
    figure: Annotated[str | None, typer.Option(help="Where its picture goes; NAME.svg where it is not told.")] = None,
) -> None:
    """List the networks of the zoo; or show the card of one, run its example and draw its picture."""
    from neuralzoo.zoo import members

    if name is None:
        _chart()
    else:
        _page(members[name.lower()], figure)


def _chart() -> None:
    from rich.console import Console
    from rich.table import Table

    from neuralzoo.zoo.chart import chart

    console, table = Console(), Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    wide = console.width >= WIDE
    for column in ("", "name", "year", "network", *(("cells", "learns by") if wide else ()), "figures"):
        table.add_column(column, no_wrap=column in ("", "name"))  # names are what one types
    for row, kinds in chart():
        if not kinds:
            continue
        table.add_row()
        table.add_row("", f"[bold]{row}[/bold]")
        for card in (kind.card for kind in kinds):
            reached = sum(bool(goal.reached) for goal in card.goals)
            told = f"{reached} of {len(card.goals)} measured" if card.goals else "–"
            more = (", ".join(card.cells), card.rule) if wide else ()
            table.add_row(card.short, card.key, str(card.year), card.name, *more, told)
    console.print(table)
    print("\nneuralzoo zoo NAME shows a card, runs its example and draws its picture.")


def _page(kind: "type[Member]", figure: str | None) -> None:
    import inspect
    import textwrap

    card = kind.card
    print(f"{card.name}{f' ({card.short})' if card.short else ''}, {card.year}\n")
    for label, said in (
        ("for", card.purpose),
        ("learns by", card.rule),
        ("cells", ", ".join(card.cells)),
        ("verbs", ", ".join(card.verbs)),
        ("reference", f"{card.authors}, {card.reference}, {card.year}"),
    ):
        print(textwrap.fill(said, 100, initial_indent=f"{label:<11}", subsequent_indent=" " * 11))
    for goal in card.goals:
        print(textwrap.fill(goal.wanted, 100, initial_indent=f"{'wanted':<11}", subsequent_indent=" " * 11))
        print(textwrap.fill(goal.reached or "not measured yet", 100, initial_indent=f"{'reached':<11}", subsequent_indent=" " * 11))
        if goal.command:
            print(f"{'':<11}{goal.command}")
    print(f"\nfrom neuralzoo.zoo import {kind.__name__}\n")
    print(textwrap.dedent(inspect.getsource(kind.example)).removeprefix("@staticmethod\n"))
    drawing = kind.example()
    path = figure or f"{card.key}.svg"
    drawing.savefig(path)
    print(f"\ndrawn in {path}")
