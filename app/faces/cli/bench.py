"""`serai bench`"""

from __future__ import annotations

import json
from pathlib import Path

import rich_click as click

from app.kit import plugins
from app.kit.cli import console

NAMES = ("provisioning", "statements", "pages", "imports")


@click.command()
@click.argument("name", required=False, type=click.Choice(NAMES))
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the results there.")
@click.option("--check", is_flag=True, help="Exit 1 when a goal is missed.")
def bench(name: str | None, file: Path | None, check: bool) -> None:
    """Measure on a database of its own; NAME is provisioning, statements, pages or imports (default: all)."""
    results, missed = {}, []
    for one in (name,) if name else NAMES:
        found = plugins.load(f"bench.{one}:run")()
        results[one] = found
        missed += [f"{one}: {text}" for text in plugins.load(f"bench.{one}:missed")(found)]
        console.print(f"{one}: {json.dumps(found)}", markup=False, soft_wrap=True)
    if file is not None:
        file.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    for text in missed:
        console.print(f"missed: {text}", markup=False)
    if check and missed:
        raise click.exceptions.Exit(1)
