"""`serai audit`"""

from __future__ import annotations

import time

import rich_click as click

from app.domains.provisioning.flows.audit import audit_tenants
from app.faces.cli.session import open_root
from app.kit.cli import console, print_json


@click.command()
@click.option("--tenant", "slug", help="Only this tenant.")
@click.option("--json", "as_json", is_flag=True, help="For a program.")
def audit(slug: str | None, as_json: bool) -> None:
    """Prove all invariants on the live data; exit 1 on a break."""
    began = time.monotonic()
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
            for found in report.breaks:
                console.print(f"    {found}", markup=False, soft_wrap=True)
        seconds = time.monotonic() - began
        console.print(f"{broken} breaks in {len(reports)} places, {seconds:.1f} s", markup=False)
    if broken:
        raise click.exceptions.Exit(1)
