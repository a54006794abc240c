"""`serai search …`"""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from app.domains.search.queries import judge as judge_search
from app.domains.tenancy import flows as tenancy
from app.faces.cli.session import open_root
from app.kit.cli import console, print_json


@click.group()
def search() -> None:
    """The search of a tenant: how good it is."""


@search.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tenant", "slug", required=True, help="The slug of the tenant.")
@click.option("--locale", help="The language of the queries (default: the storefront's first).")
@click.option("--source", help="Who names the judged products (default: any source).")
@click.option("--least", type=click.FloatRange(0, 1), help="Exit 1 when nDCG@10 is lower.")
@click.option("--json", "as_json", is_flag=True, help="For a program.")
def judge(file: Path, slug: str, locale: str | None, source: str | None, least: float | None, as_json: bool) -> None:
    """Measure the order of what is found: nDCG@10 on the ratings in FILE (CSV: query, docid, rating), beside the
    database's plain full-text search."""
    scope = tenancy.find_scope_of_slug(open_root(), slug)
    with (
        scope.with_values(locale=locale or scope.locale).transaction() as unit,
        file.open(encoding="utf-8-sig", newline="") as lines,
    ):
        found = judge_search(unit, lines, source)
    if as_json:
        print_json({"ndcg": found.ndcg, "plain": found.plain, "of_all": found.ndcg_of_all, "queries": found.by_query})
    else:
        for text, value in sorted(found.by_query.items(), key=lambda entry: (entry[1] is None, entry[1] or 0)):
            told = "nothing judged to be good" if value is None else f"{value:.2f}"
            console.print(f"{told:>6}  {text}", markup=False)
        console.print(
            f"nDCG@10 {found.ndcg:.4f}, plain full text {found.plain:.4f}: {found.judged} of {found.queries} queries "
            f"have something good; over all, with 0 for the others: {found.ndcg_of_all:.4f}",
            markup=False,
        )
    if least is not None and found.ndcg < least:
        raise click.exceptions.Exit(1)
