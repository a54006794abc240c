"""What provisioning does in the background: imports and exports that staff ask for, spares, what is kept of them."""

from __future__ import annotations

from app.domains.provisioning.flows import migrations, runs, schemas
from app.kit.queue import LONG_QUEUE, job
from app.kit.scope import Scope


@job("provisioning.run_import", queue=LONG_QUEUE, runs_flow=True)
def run_import(scope: Scope, *, run_id: str) -> None:
    runs.run_waiting_import(scope, run_id)


@job("provisioning.run_export", queue=LONG_QUEUE, runs_flow=True)
def run_export(scope: Scope, *, run_id: str) -> None:
    runs.run_waiting_export(scope, run_id)


@job("provisioning.forget_old_files", every="43 3 * * *", runs_flow=True)
def forget_old_files(scope: Scope) -> None:
    runs.forget_old_files(scope)


@job("provisioning.keep_spares", queue=LONG_QUEUE, every="*/5 * * * *", is_platform=True, runs_flow=True)
def keep_spares(scope: Scope) -> None:
    """Fill the stock of spares, so that the next tenant needs no DDL; sweep what a killed birth left."""
    schemas.keep_spares(scope, migrations.head())
