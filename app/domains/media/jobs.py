"""What happens to pictures later."""

from __future__ import annotations

from app.domains.media import flows
from app.kit.queue import LONG_QUEUE, job
from app.kit.scope import Scope


@job("media.make_renditions", queue=LONG_QUEUE, runs_flow=True)
def make_renditions(scope: Scope, *, asset_id: str) -> None:
    flows.make_renditions(scope, asset_id)
