"""`serai`: the group that all commands hang on."""

from __future__ import annotations

import sys

import rich_click as click

from app.faces.cli.audit import audit
from app.faces.cli.bench import bench
from app.faces.cli.catalogue import catalogue
from app.faces.cli.database import db
from app.faces.cli.demo import demo
from app.faces.cli.markets import markets
from app.faces.cli.search import search
from app.faces.cli.session import read_settings
from app.faces.cli.tenants import tenants
from app.kit import cli as kit_cli
from app.kit.postgres import PostgresProblem
from app.kit.processes import ProcessProblem, become
from app.kit.settings import ROOT

kit_cli.expect(PostgresProblem)
kit_cli.expect(ProcessProblem)


@click.group(cls=kit_cli.CommandGroup)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(package_name=None, version="0.1.0", prog_name="serai")
def serai(debug: bool) -> None:
    """Serai: commerce software for expanding by partnership."""


@serai.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Where to listen (default 8000, or PORT).")
def serve(port: int | None) -> None:
    """Serve all faces with gunicorn, in the foreground."""
    settings = read_settings(port=port)
    command = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "config" / "gunicorn.conf.py"), "wsgi:app"]
    become(command, {"PORT": str(settings.port), "DATABASE_URL": settings.database_url}, ROOT)


@serai.command()
@click.option("--queue", "queues", multiple=True, type=click.Choice(["default", "long"]), help="Only this queue.")
def worker(queues: tuple[str, ...]) -> None:
    """Run jobs, in the foreground. Give `long` (pictures, rebuilds) a worker of its own."""
    settings = read_settings()
    become([sys.executable, "-m", "app.faces.worker", *queues], {"DATABASE_URL": settings.database_url}, ROOT)


for command in (demo, db, tenants, catalogue, search, audit, markets, bench):
    serai.add_command(command)
