"""A process that provisions, to be killed in the middle.

    python -m tests.domains.provisioning.process claim SLUG REVISION
    python -m tests.domains.provisioning.process migrate HISTORY
    python -m tests.domains.provisioning.process apply SLUG
    python -m tests.domains.provisioning.process import TENANT_ID FILE

Settings come from the environment. HISTORY is a folder with `migrations/tenant`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from app.domains.provisioning.flows import apply, imports, migrations, schemas
from app.domains.provisioning.types import ImportRequest
from app.domains.tenancy import flows as tenancy
from app.kit import boot
from app.kit import settings as kit_settings
from app.kit.settings import ROOT, Settings
from tests.harness.pgx import Proxy

START_S = 60.0


def run(verb: str, *given: str) -> None:
    root = boot.open_root(kit_settings.load())
    if verb == "claim":
        schemas.claim(root, *given)
    elif verb == "migrate":
        migrations.ROOT = Path(given[0])
        migrations.migrate_tenants(root)
    elif verb == "apply":
        apply.apply_tenant(root, *given)
    elif verb == "import":
        inside = tenancy.find_scope_of_tenant(root, given[0])
        with Path(given[1]).open("rb") as stream:
            imports.import_catalogue(inside, ImportRequest(stream, "jsonl", "tenant"))


def killed_at(settings: Settings, proxy: Proxy, trips: int, *arguments: str) -> bool:
    """Start a process that speaks to the database through the proxy, and SIGKILL it as soon as it has made so many
    round trips. False if it came to its end before that."""
    proxy.reset()
    environ = {
        **os.environ,
        "DATABASE_URL": proxy.url,
        "SERAI_VAR_DIR": settings.var_dir,
        "SERAI_TENANTS_DIR": settings.tenants_dir,
        "SERAI_ENVIRONMENT": "test",
    }
    command = [sys.executable, "-m", "tests.domains.provisioning.process", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env=environ, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + START_S
    try:
        while proxy.round_trips < trips and process.poll() is None:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{proxy.round_trips} of {trips} round trips within {START_S} s")
            threading.Event().wait(0.002)
    finally:
        process.kill()
        process.wait(10)
        proxy.disconnect_all()
    return process.returncode < 0


if __name__ == "__main__":
    run(*sys.argv[1:])
