"""`serai markets …`"""

from __future__ import annotations

import rich_click as click

from app.domains.tenancy.queries.markets import check_markets
from app.faces.cli.session import offline_scope
from app.kit.cli import console


@click.group()
def markets() -> None:
    """The market packs: the dated rules of countries."""


@markets.command()
def check() -> None:
    """Hold every pack against its schema and its facts; exit 1 on a break."""
    broken = 0
    for found in check_markets(offline_scope()):
        broken += len(found.breaks)
        mark = "✓" if not found.breaks else "✗"
        console.print(f"{mark} {found.code}  {found.facts} facts", markup=False)
        for problem in found.breaks:
            console.print(f"    {problem}", markup=False)
        for note in found.notes:
            console.print(f"    note: {note}", markup=False)
    if broken:
        raise click.exceptions.Exit(1)
