"""`serai demo`: the whole of Serai on this machine, with every shipped tenant."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from urllib.parse import urlsplit

import rich_click as click

from app.domains.provisioning.flows import apply as provisioning
from app.domains.provisioning.flows import migrations, schemas
from app.domains.tenancy import flows as tenancy
from app.faces.cli.session import open_root
from app.kit import cluster, ids, postgres
from app.kit import settings as kit_settings
from app.kit.cli import console, progress
from app.kit.processes import Child, Supervisor, check_ports
from app.kit.queue import LONG_QUEUE, SHORT_QUEUE
from app.kit.scope import Scope
from app.kit.settings import ROOT, Settings

READY = "ready"
PASSWORD_LENGTH = 14
MADE_HERE = ("storage", "outbox", "sandbox-provider", READY, "demo-password")


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Where to listen (default 8000, or PORT).")
@click.option("--fresh", is_flag=True, help="Forget everything of an earlier demo first.")
def demo(port: int | None, fresh: bool) -> None:
    """Start database, sandbox payment provider, web server and worker; apply every tenant; Ctrl-C stops it all."""
    settings = kit_settings.load()
    if port is not None:
        settings = settings.with_values(port=port)
    with Supervisor(settings) as supervisor:
        provider = urlsplit(settings.sandbox_provider_url)
        check_ports({"--port": settings.port, "SERAI_SANDBOX_PROVIDER_URL": provider.port or 80})
        _ready_mark(settings).unlink(missing_ok=True)
        if fresh:
            _forget(settings)
        try:
            own = not settings.database_url
            settings = _start_database(settings)
            _start_processes(supervisor, settings, provider.port or 80)
            root = open_root(settings)
            password = _apply_all(root, supervisor)
            _ready_mark(settings).touch()
            _welcome(root, password)
            supervisor.watch()
        finally:
            if own:
                supervisor.stop()
                postgres.stop(settings)


def _ready_mark(settings: Settings) -> Path:
    return settings.var / READY


def _forget(settings: Settings) -> None:
    if not settings.database_url:
        postgres.stop(settings)
        postgres.remove(settings)
    for name in MADE_HERE:
        path = settings.var / name
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _start_database(settings: Settings) -> Settings:
    settings.var.mkdir(parents=True, exist_ok=True)
    if not settings.database_url:
        postgres.start(settings)
        settings = postgres.resolve(settings)
    cluster.prepare(settings)
    migrations.migrate_platform(settings)
    root = open_root(settings)
    migrations.migrate_tenants(root)
    schemas.keep_spares(root, migrations.head())
    root.database.dispose()
    return settings


def _start_processes(supervisor: Supervisor, settings: Settings, provider_port: int) -> None:
    environ = {
        "DATABASE_URL": settings.owner_url().set(drivername="postgresql").render_as_string(hide_password=False),
        "PORT": str(settings.port),
        "PYTHONPATH": str(ROOT),
    }
    state = settings.var / "sandbox-provider"
    provider = [sys.executable, "-m", "sandbox_provider", "--port", str(provider_port), "--state", str(state)]
    web = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "config" / "gunicorn.conf.py"), "wsgi:app"]
    secret = {"SANDBOX_PROVIDER_SECRET": settings.sandbox_webhook_secret}
    supervisor.start(Child("provider", provider, {**environ, **secret}))
    supervisor.start(Child("web", web, environ))
    worker = [sys.executable, "-m", "app.faces.worker"]
    supervisor.start(Child("worker", [*worker, SHORT_QUEUE], environ, grace_s=25))
    supervisor.start(Child("worker-long", ["nice", *worker, LONG_QUEUE], environ, grace_s=25))


def _apply_all(root: Scope, supervisor: Supervisor) -> str:
    """Apply every folder; returns the password of the demo's staff."""
    kept = root.settings.var / "demo-password"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(ids.new_code(PASSWORD_LENGTH), encoding="utf-8")
    password = kept.read_text(encoding="utf-8")
    for slug in provisioning.list_folders(root):
        supervisor.check()
        with progress(f"{slug}: pictures and products", None) as advance:
            provisioning.apply_tenant(root, slug, advance, staff_password=password)
    return password


def _welcome(root: Scope, password: str) -> None:
    settings = root.settings
    console.print("\n[bold]Serai is ready.[/bold] Ctrl-C stops it.\n")
    for found in tenancy.list_tenants(root):
        document = tenancy.get_applied_document(root, found["slug"])
        owner = next((member for member in document["staff"] if member["role"] == "owner"), None)
        address = f"http://{found['slug']}.{settings.base_domain}:{settings.port}/"
        console_address = f"http://{found['slug']}.console.{settings.base_domain}:{settings.port}/"
        name = document["brand"]["name"].get("en", found["slug"])
        console.print(f"  [bold]{name}[/bold] ({found['market']})")
        console.print(f"    storefront       {address}", markup=False)
        for locale in document["storefront"]["locales"][1:]:
            console.print(f"                     {address}{locale}/", markup=False)
        console.print(f"    partner console  {console_address}", markup=False)
        if owner:
            console.print(f"                     {owner['email']}  {password}", markup=False)
    console.print(f"\n  payment provider   {settings.sandbox_provider_url}/   (tell it how to behave)", markup=False)
    console.print(f"  mail               {settings.var / 'outbox'}", markup=False)
