"""An installation of its own for a benchmark: embedded PostgreSQL, one shipped tenant, its index made."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from werkzeug.test import Client, TestResponse

from app.domains.provisioning.flows import apply, migrations
from app.domains.tenancy import flows as tenancy
from app.factory import Serai
from app.kit import boot, cluster, postgres, queue
from app.kit import settings as kit_settings
from app.kit.scope import Scope

SLUG = "khwan"
INDEX_QUEUE = "default"


@dataclass(frozen=True, slots=True)
class Stage:
    """A running installation. `site` is there when a tenant was wanted."""

    root: Scope
    application: Serai | None

    def client(self) -> Client:
        assert self.application is not None
        return Client(self.application)

    def get(self, client: Client, path: str) -> TestResponse:
        return client.get(path, base_url=f"http://{SLUG}.localhost:8000")

    def post(self, client: Client, path: str, data: dict[str, Any]) -> TestResponse:
        return client.post(path, data=data, base_url=f"http://{SLUG}.localhost:8000")


@contextmanager
def staged(*, with_tenant: bool) -> Iterator[Stage]:
    """Start, prepare, and take down again."""
    folder = Path(tempfile.mkdtemp(prefix="serai-bench-"))
    folder.chmod(0o755)
    wanted = kit_settings.load({"SERAI_VAR_DIR": str(folder), "SERAI_ENVIRONMENT": "test"})
    postgres.start(wanted)
    try:
        settings = postgres.resolve(wanted)
        cluster.prepare(settings)
        migrations.migrate_platform(settings)
        root = boot.open_root(settings)
        application = None
        if with_tenant:
            apply.apply_tenant(root, SLUG)
            _index(root)
            application = Serai(root)
        try:
            yield Stage(root, application)
        finally:
            root.database.dispose()
    finally:
        postgres.remove(wanted)
        shutil.rmtree(folder, ignore_errors=True)


def _index(root: Scope) -> None:
    """Run the short jobs (events, search index); pictures have a queue of their own and are not waited for."""

    def scope_of(tenant_id: str | None) -> Scope:
        return root if tenant_id is None else tenancy.find_scope_of_tenant(root, tenant_id)

    for _ in range(4):
        queue.run_worker(root.settings, scope_of, wait=False, queues=[INDEX_QUEUE])


def hidden(page: TestResponse, name: str) -> str:
    """The value of a hidden field of a form."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.get_data(as_text=True))
    if found is None:
        raise LookupError(f"no field {name} on the page")
    return found[1]
