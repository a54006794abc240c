"""One worker process. `scope_of(root)` is also what tests and the command line drain the queue with."""

from __future__ import annotations

from app.domains.tenancy import flows as tenancy
from app.kit import boot, postgres, queue
from app.kit import settings as kit_settings
from app.kit.notices import Listener
from app.kit.queue import ScopeOf
from app.kit.scope import Scope


def scope_of(root: Scope) -> ScopeOf:
    """How a job's scope is restored: its tenant's, or the platform's for a job without one."""

    def restore(tenant_id: str | None) -> Scope:
        return root if tenant_id is None else tenancy.find_scope_of_tenant(root, tenant_id)

    return restore


def main(arguments: list[str]) -> None:
    """Run the jobs of the queues that are named (default: all) until a signal stops the process.

    Long jobs want a worker of their own: pictures must not make the mail of an order wait.
    """
    settings = postgres.resolve(kit_settings.load())
    if arguments == [queue.LONG_QUEUE]:
        settings = settings.with_values(worker_concurrency=1)
    root = boot.open_root(settings)
    queue.set_tenant_list(lambda: tenancy.list_active_ids(root))
    listener = Listener(settings)
    listener.start()
    try:
        queue.run_worker(settings, scope_of(root), queues=arguments or None)
    finally:
        listener.stop()
