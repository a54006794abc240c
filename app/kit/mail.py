"""Mail goes out here: by SMTP, or, without a server, as files under `var/outbox/<slug>/`.

`smtp_url`: `smtp://user:password@host:587?starttls=1`, `smtps://…:465`, or empty for the outbox.
"""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import parse_qs, unquote, urlsplit

from app.kit.db import refuse_open_transaction
from app.kit.errors import NotReady
from app.kit.settings import Settings


class MailAway(NotReady):
    code = "kit.mail_away"
    text = "The mail server does not answer."


def send(settings: Settings, slug: str, message: EmailMessage) -> None:
    """Hand a message over. Raises `MailAway`; never called with a transaction open."""
    refuse_open_transaction("kit.mail.send")
    if not settings.smtp_url:
        folder = settings.var / "outbox" / slug
        folder.mkdir(parents=True, exist_ok=True)
        name = str(message["Message-ID"]).strip("<>").split("@")[0]
        partial = folder / f".{name}.partial"
        partial.write_bytes(message.as_bytes(policy=SMTP))
        partial.rename(folder / f"{name}.eml")
        return
    parts = urlsplit(settings.smtp_url)
    options = parse_qs(parts.query)
    factory = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    try:
        with factory(parts.hostname or "127.0.0.1", parts.port or 25, timeout=10) as server:
            if options.get("starttls"):
                server.starttls()
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise MailAway(reason=str(error)) from error
