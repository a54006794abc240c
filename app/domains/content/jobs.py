from __future__ import annotations

from app.domains.content import actions, flows
from app.domains.identity.events import MailboxAsked, ShopperSecured
from app.kit.events import listens
from app.kit.queue import job
from app.kit.scope import Scope


@job("content.send_message", runs_flow=True)
def send_message(scope: Scope, *, message_id: str) -> None:
    flows.send_message(scope, message_id)


@listens(MailboxAsked)
def write_proof(scope: Scope, event: MailboxAsked) -> None:
    actions.write_proof(scope, event.proof_id)


@listens(ShopperSecured)
def tell_secured(scope: Scope, event: ShopperSecured) -> None:
    actions.tell_secured(scope, event.shopper_id, event.what, event.change_id)
