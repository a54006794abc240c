"""Imports and exports that staff ask for, and what is kept of them."""

from __future__ import annotations

from app.domains.provisioning.flows import runs
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
