from __future__ import annotations

from app.domains.content import flows
from app.kit.queue import job
from app.kit.scope import Scope


@job("content.send_message", runs_flow=True)
def send_message(scope: Scope, *, message_id: str) -> None:
    flows.send_message(scope, message_id)
