"""`serai audit`"""

from __future__ import annotations

import rich_click as click

from app.domains.provisioning.flows.audit import audit_tenants
from app.faces.cli.session import open_root
from app.kit.cli import console, print_json
from app.kit.clock import stopwatch
from app.kit.invariants import Break

SHOWN = 5


def _by_name(breaks: tuple[Break, ...]) -> dict[str, list[Break]]:
    found: dict[str, list[Break]] = {}
    for one in breaks:
        found.setdefault(one.name, []).append(one)
    return found


@click.command()
@click.option("--tenant", "slug", help="Only this tenant.")
@click.option("--json", "as_json", is_flag=True, help="For a program.")
def audit(slug: str | None, as_json: bool) -> None:
    """Prove all invariants on the live data; exit 1 on a break."""
    elapsed = stopwatch()
    reports = audit_tenants(open_root(), slug)
    broken = sum(len(report.breaks) for report in reports)
    if as_json:
        print_json(
            [
                {"tenant": one.slug, "invariants": one.invariants, "breaks": [str(found) for found in one.breaks]}
                for one in reports
            ]
        )
    else:
        for report in reports:
            mark = "✓" if not report.breaks else "✗"
            console.print(f"{mark} {report.slug}: {report.invariants} invariants", markup=False)
            for name, found in _by_name(report.breaks).items():
                for one in found[:SHOWN]:
                    console.print(f"    {one}", markup=False, soft_wrap=True)
                if len(found) > SHOWN:
                    console.print(f"    … {name}: {len(found) - SHOWN} more (all with --json)", markup=False)
        console.print(f"{broken} breaks in {len(reports)} places, {elapsed():.1f} s", markup=False)
    if broken:
        raise click.exceptions.Exit(1)
