"""Sending: claimed, handed over outside any transaction, noted. The Message-ID is stable over repetitions."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from app.domains.content import actions
from app.domains.content.types import Message
from app.kit import mail
from app.kit.i18n import text
from app.kit.scope import SYSTEM_ONLY, Scope, flow


@flow(SYSTEM_ONLY)
def send_message(scope: Scope, message_id: str) -> None:
    """Send one message. Raises `MailAway` (the job is repeated); the message waits again then."""
    with scope.transaction() as unit:
        message = actions.claim_message(unit, message_id)
    if message is None:
        return
    try:
        mail.send(scope.settings, scope.tenant.slug if scope.tenant else "platform", _envelope(scope, message))
    except mail.MailAway:
        with scope.transaction() as unit:
            actions.return_message(unit, message_id)
        raise
    with scope.transaction() as unit:
        actions.record_sent(unit, message_id)


def _envelope(scope: Scope, message: Message) -> EmailMessage:
    host = scope.storefront.origin.split("//")[-1].split(":")[0] if scope.storefront else "localhost"
    names = scope.storefront.document["brand"]["name"] if scope.storefront else {}
    envelope = EmailMessage()
    envelope["Subject"] = message.subject
    envelope["From"] = Address(text(names, message.locale), addr_spec=f"orders@{host}")
    envelope["To"] = message.recipient
    envelope["Date"] = format_datetime(scope.now())
    envelope["Message-ID"] = f"<{message.id}@{host}>"
    envelope["Auto-Submitted"] = "auto-generated"
    envelope.set_content(message.text)
    envelope.add_alternative(message.html, subtype="html")
    envelope["Content-Language"] = message.locale  # last: setting the content takes all Content-* headers away
    return envelope
