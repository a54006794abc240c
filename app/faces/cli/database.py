"""`serai db …`"""

from __future__ import annotations

import rich_click as click

from app.domains.provisioning.flows import migrations
from app.faces.cli.session import open_root, read_settings
from app.kit import cluster, postgres
from app.kit.cli import console, print_json, print_table
from app.kit.settings import load


@click.group()
def db() -> None:
    """The database: embedded server, platform and tenant schemas."""


@db.command()
def start() -> None:
    """Start the embedded PostgreSQL (one that runs already is left as it is)."""
    found = postgres.start(load())
    console.print(f"PostgreSQL runs on port {found.port} (pid {found.pid}), data in {found.data_dir}", markup=False)


@db.command()
def stop() -> None:
    """Stop the embedded PostgreSQL."""
    postgres.stop(load())
    console.print("PostgreSQL is stopped.")


@db.command()
@click.option("--json", "as_json", is_flag=True, help="For a program; `url` is the server's address as its owner.")
def status(as_json: bool) -> None:
    """Is the embedded server running, and where?"""
    found = postgres.status(load())
    if as_json:
        print_json(
            {
                "running": found.running,
                "url": found.url,
                "version": found.version,
                "pid": found.pid,
                "data_dir": str(found.data_dir),
            }
        )
        return
    console.print(f"running (pid {found.pid}, {found.version})" if found.running else "not running", markup=False)


@db.command()
@click.option("--status", "only_status", is_flag=True, help="Tell which tenants are behind; change nothing.")
def migrate(only_status: bool) -> None:
    """Bring platform and all tenants to this release's revision."""
    settings = read_settings()
    if only_status:
        root = open_root(settings)
        behind = migrations.list_behind(root)
        print_table(("tenant", "slug", "stands at", "status"), behind)
        console.print(f"{len(behind)} behind {migrations.head()}", markup=False)
        raise click.exceptions.Exit(1 if behind else 0)
    cluster.prepare(settings)
    migrations.migrate_platform(settings)
    root = open_root(settings)
    report = migrations.migrate_tenants(root)
    console.print(f"platform at head; {report.done} tenant steps done, {report.failed} failed", markup=False)
    if report.failed:
        raise click.exceptions.Exit(1)
