"""`serai catalogue …`"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import rich_click as click

from app.domains.catalogue.schemas import read_mapping
from app.domains.catalogue.types import ExportFormat
from app.domains.provisioning.flows.exports import export_catalogue, export_to_file
from app.domains.provisioning.flows.imports import import_catalogue
from app.domains.provisioning.types import ImportReport, ImportRequest
from app.domains.tenancy import flows as tenancy
from app.faces.cli.session import open_root
from app.kit.cli import console, print_json, watched

FORMATS: tuple[ExportFormat, ...] = ("shopify", "google", "google-tsv", "jsonl")


@click.group()
def catalogue() -> None:
    """Products: import from a file, export into one."""


@catalogue.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tenant", "slug", required=True, help="The slug of the tenant.")
@click.option("--format", "format_", type=click.Choice(["shopify", "google", "jsonl"]), help="The file's format.")
@click.option(
    "--map",
    "mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A mapping file (docs/mappings/) for any other CSV.",
)
@click.option("--source", help="Who names the products (default: the format's or the mapping's name).")
@click.option("--locale", default="", help="The language of texts that do not say theirs (default: the first).")
@click.option("--dry-run", is_flag=True, help="Read and check everything, write nothing.")
@click.option("--json", "as_json", is_flag=True, help="For a program.")
def import_(
    file: Path,
    slug: str,
    format_: str | None,
    mapping: Path | None,
    source: str | None,
    locale: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import FILE row by row; a run that was cut goes on where it ended, a repeated one changes nothing."""
    if (format_ is None) == (mapping is None):
        raise click.UsageError("Give either --format or --map.")
    scope = tenancy.find_scope_of_slug(open_root(), slug)
    known = read_mapping(mapping.read_text(encoding="utf-8")) if mapping else None
    with file.open("rb") as stream, watched(file.name) as watch:
        request = ImportRequest(
            stream=stream,
            format="mapped" if known else format_,  # the choice above allows no other
            source=source or (known.source if known else str(format_)),
            file_name=file.name,
            mapping=known,
            locale=locale,
            dry_run=dry_run,
        )
        report = import_catalogue(scope, request, watch)
    _show(report, as_json)
    if report.has_failures:
        raise click.exceptions.Exit(1)


@catalogue.command(name="export")
@click.argument("file", required=False, type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option("--tenant", "slug", required=True, help="The slug of the tenant.")
@click.option("--format", "format_", required=True, type=click.Choice(FORMATS), help="The file's format.")
@click.option("--source", default="", help="Only products that this source names (default: all).")
@click.option("--locale", default="", help="The language of a format that has one (default: the storefront's first).")
@click.option("--json", "as_json", is_flag=True, help="The report for a program, on the error output without FILE.")
def export(file: Path | None, slug: str, format_: str, source: str, locale: str, as_json: bool) -> None:
    """Write all products into FILE, or onto the output; the report names what the format cannot carry."""
    scope = tenancy.find_scope_of_slug(open_root(), slug)
    known = next(one for one in FORMATS if one == format_)
    if file is None:
        report = export_catalogue(scope, sys.stdout.buffer, known, source=source, locale=locale)
        sys.stdout.buffer.flush()
    else:
        with watched(file.name) as watch:
            report = export_to_file(scope, file, known, source=source, locale=locale, watch=watch)
    facts = {"written": report.written, "lost": dict(report.lost)}
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False), err=file is None)
        return
    lines = [f"{count:>7}  {name} cannot be carried whole" for name, count in sorted(report.lost.items())]
    click.echo("\n".join([*lines, f"{report.written} products"]), err=file is None)


def _show(report: ImportReport, as_json: bool) -> None:
    counts = {name: getattr(report.summary, name) for name in report.summary.__dataclass_fields__}
    if as_json:
        rows = [
            {
                "line": row.line,
                "column": row.column,
                "key": row.source_key,
                "status": row.status,
                "code": row.code,
                "text": row.sentence(),
            }
            for row in report.problems
        ]
        print_json({"run": report.run_id, "resumed": report.is_resumed, **counts, "rows": rows})
        return
    for row in report.problems:
        place = f"line {row.line}" + (f", {row.column}" if row.column else "")
        console.print(f"{row.status:>7}  {place}: {row.source_key}: {row.sentence()}", markup=False, soft_wrap=True)
    console.print(", ".join(f"{number} {name}" for name, number in counts.items()), markup=False)
