"""What provisioning does in the background."""

from __future__ import annotations

from app.domains.provisioning.flows import migrations, schemas
from app.kit.queue import LONG_QUEUE, job
from app.kit.scope import Scope


@job("provisioning.keep_spares", queue=LONG_QUEUE, every="*/5 * * * *", is_platform=True, runs_flow=True)
def keep_spares(scope: Scope) -> None:
    """Fill the stock of spares, so that the next tenant needs no DDL; sweep what a killed birth left."""
    schemas.keep_spares(scope, migrations.head())
