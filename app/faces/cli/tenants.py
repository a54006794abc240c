"""`serai tenants …`"""

from __future__ import annotations

import rich_click as click

from app.domains.provisioning.flows import apply as provisioning
from app.domains.provisioning.types import Plan
from app.domains.tenancy import flows as tenancy
from app.faces.cli.session import open_root
from app.kit.cli import console, print_json, print_table, progress


@click.group()
def tenants() -> None:
    """Tenants: list, show, plan, apply."""


@tenants.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="For a program.")
def list_(as_json: bool) -> None:
    """All tenants of this installation."""
    found = tenancy.list_tenants(open_root())
    if as_json:
        print_json(found)
        return
    columns = ("slug", "status", "market", "id", "applied_at")
    print_table(columns, ([row[column] for column in columns] for row in found))


@tenants.command()
@click.argument("slug")
def show(slug: str) -> None:
    """What was applied last, as JSON."""
    print_json(tenancy.get_applied_document(open_root(), slug))


@tenants.command()
@click.argument("slug")
@click.option("--json", "as_json", is_flag=True, help="For a program.")
def plan(slug: str, as_json: bool) -> None:
    """Show what applying tenants/SLUG would change; change nothing."""
    found = provisioning.plan_tenant(open_root(), slug)
    if as_json:
        print_json(
            {
                "slug": found.slug,
                "is_new": found.is_new,
                "changes": [{"path": one.path, "before": one.before, "after": one.after} for one in found.changes],
                "notes": list(found.notes),
            }
        )
        return
    _print_plan(found)


@tenants.command()
@click.argument("slug")
@click.option("--yes", is_flag=True, help="Do not ask.")
def apply(slug: str, yes: bool) -> None:
    """Make the tenant what tenants/SLUG says. Safe to repeat, and to run again after it was cut."""
    root = open_root()
    found = provisioning.plan_tenant(root, slug)
    _print_plan(found)
    if not found.changes and not found.notes:
        return
    if not yes:
        click.confirm("Apply this?", abort=True)
    with progress(f"{slug}: pictures and products", None) as advance:
        applied = provisioning.apply_tenant(root, slug, advance)
    report = applied.report
    if report is not None and report.has_failures:
        for row in report.problems:
            console.print(f"line {row.line}: {row.source_key}: {row.text}", markup=False)
        raise click.exceptions.Exit(1)
    console.print(f"{slug} is active ({applied.tenant_id})", markup=False)


def _print_plan(found: Plan) -> None:
    console.print(f"{found.slug}: {'a new tenant' if found.is_new else 'exists'}", markup=False)
    for change in found.changes:
        sign = "+" if change.before is None else "-" if change.after is None else "~"
        shown = change.after if change.before is None else f"{change.before!r} → {change.after!r}"
        console.print(f"  {sign} {change.path} = {shown}"[:200], markup=False, soft_wrap=True)
    for note in found.notes:
        console.print(f"  · {note}", markup=False)
    if not found.changes and not found.notes:
        console.print("  nothing to do")
