"""Messages are told once, whatever runs twice, and wait when the mail server is away. A real SMTP server takes them."""

from __future__ import annotations

import email
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import text

from app.domains.content import actions, flows
from app.domains.content.types import Letter, Paragraph
from app.faces.worker.run import scope_of
from app.kit.clock import FixedClock
from app.kit.cluster import connect_owner
from app.kit.errors import TransactionOpen
from app.kit.mail import MailAway
from app.kit.queue import drain
from app.kit.scope import Scope
from tests.harness.race import race_calls

LETTER = Letter("คำสั่งซื้อ 1001 – ยืนยัน", (Paragraph("สวัสดี <b>"),), "", "th", "ltr")


class Postbox:
    """What the server has taken, and what it answers."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.envelopes: list[tuple[str | None, list[str]]] = []
        self.answer = "250 taken"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.answer.startswith("250"):
            content = envelope.content if isinstance(envelope.content, bytes) else b""
            parsed = email.message_from_bytes(content, policy=default)
            assert isinstance(parsed, EmailMessage)
            self.taken.append(parsed)
            self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
        return self.answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def postbox() -> Iterator[tuple[Postbox, int]]:
    box, port = Postbox(), free_port()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    yield box, port
    server.stop()


@pytest.fixture
def posting(system_scope: Scope, postbox: tuple[Postbox, int]) -> Scope:
    """The tenant's scope, with the server at hand."""
    settings = system_scope.settings.with_values(smtp_url=f"smtp://127.0.0.1:{postbox[1]}")
    return replace(system_scope, settings=settings)


def write(scope: Scope, key: str = "orders.placed:1", recipient: str = "Nok@Example.com") -> str | None:
    with scope.transaction() as unit:
        return actions.queue_message(
            unit, effect_key=key, kind="order_placed", recipient=recipient, letter=LETTER, brand="Khwan", tokens={}
        )


def row(scope: Scope, message_id: str) -> Any:
    query = text("SELECT status, attempts, sent_at, claimed_at FROM content_messages WHERE id = :id")
    with scope.transaction() as unit:
        return unit.db.execute(query, {"id": actions.ids.to_uuid("msg", message_id)}).one()


def claim(scope: Scope, message_id: str) -> bool:
    with scope.transaction() as unit:
        return actions.claim_message(unit, message_id) is not None


def sent(scope: Scope, key: str = "orders.placed:1") -> str:
    made = write(scope, key)
    assert made is not None
    flows.send_message(scope, made)
    return made


def test_a_message_arrives_as_it_was_written(posting: Scope, postbox: tuple[Postbox, int]) -> None:
    message_id = sent(posting)
    (arrived,) = postbox[0].taken
    assert arrived["Subject"] == "คำสั่งซื้อ 1001 – ยืนยัน"
    assert (arrived["To"], arrived["Content-Language"]) == ("Nok@Example.com", "th")
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert arrived["Message-ID"].startswith(f"<{message_id}@")
    plain, html = arrived.get_body(("plain",)), arrived.get_body(("html",))
    assert plain is not None and plain.get_content().strip() == "สวัสดี <b>"
    assert html is not None and "สวัสดี &lt;b&gt;" in html.get_content()
    assert postbox[0].envelopes[0][1] == ["Nok@Example.com"]
    assert (row(posting, message_id).status, row(posting, message_id).attempts) == ("sent", 1)


def test_an_effect_is_told_once(posting: Scope, postbox: tuple[Postbox, int]) -> None:
    first = write(posting)
    assert first is not None and write(posting) is None
    assert write(posting, "orders.placed:2") is not None


def test_eight_who_tell_the_same_at_once_write_one_message(posting: Scope) -> None:
    outcomes = race_calls(8, lambda number: write(posting))
    assert [one.error for one in outcomes] == [None] * 8
    assert len([one.value for one in outcomes if one.value]) == 1


def test_eight_workers_send_one_message(posting: Scope, postbox: tuple[Postbox, int]) -> None:
    message_id = write(posting)
    assert message_id is not None
    outcomes = race_calls(8, lambda number: flows.send_message(posting, message_id))
    assert [one.error for one in outcomes] == [None] * 8
    assert len(postbox[0].taken) == 1


def test_what_was_sent_is_not_sent_again(posting: Scope, postbox: tuple[Postbox, int]) -> None:
    message_id = sent(posting)
    flows.send_message(posting, message_id)
    assert len(postbox[0].taken) == 1


@pytest.mark.parametrize("answer", ["451 try again later", "421 going down", "554 no"])
def test_a_message_that_is_not_taken_waits_again_and_keeps_its_id(
    posting: Scope, postbox: tuple[Postbox, int], answer: str
) -> None:
    message_id = write(posting)
    assert message_id is not None
    postbox[0].answer = answer
    with pytest.raises(MailAway):
        flows.send_message(posting, message_id)
    assert (row(posting, message_id).status, row(posting, message_id).claimed_at) == ("queued", None)
    postbox[0].answer = "250 taken"
    flows.send_message(posting, message_id)
    assert [one["Message-ID"] for one in postbox[0].taken] == [f"<{message_id}@{_host(posting)}>"]
    assert (row(posting, message_id).status, row(posting, message_id).attempts) == ("sent", 2)


def _host(scope: Scope) -> str:
    assert scope.storefront is not None
    return scope.storefront.origin.split("//")[1].split(":")[0]


def test_a_message_waits_while_there_is_no_server(system_scope: Scope) -> None:
    settings = system_scope.settings.with_values(smtp_url=f"smtp://127.0.0.1:{free_port()}")
    scope = replace(system_scope, settings=settings)
    message_id = write(scope)
    assert message_id is not None
    with pytest.raises(MailAway):
        flows.send_message(scope, message_id)
    assert row(scope, message_id).status == "queued"


def test_a_message_of_a_worker_that_died_is_taken_after_five_minutes(posting: Scope) -> None:
    message_id = write(posting)
    assert message_id is not None and claim(posting, message_id)
    for passed, is_taken in ((timedelta(minutes=5), False), (timedelta(minutes=5, seconds=1), True)):
        later = posting.with_values(clock=FixedClock(posting.now() + passed))
        assert claim(later, message_id) is is_taken


def test_a_suppressed_address_is_noted_and_not_written_to(posting: Scope, postbox: tuple[Postbox, int]) -> None:
    with posting.transaction() as unit:
        unit.db.execute(
            text("INSERT INTO content_suppressions (recipient, reason) VALUES ('nok@example.com', 'bounced')")
        )
    message_id = write(posting)
    assert message_id is not None and row(posting, message_id).status == "suppressed"
    flows.send_message(posting, message_id)
    assert postbox[0].taken == []


def test_the_job_follows_the_message_and_goes_with_it(system_scope: Scope, root: Scope) -> None:
    """Without a server the message becomes a file of the outbox."""
    with connect_owner(root.settings) as owner:  # what other tests have left is not run here
        owner.execute("SET search_path TO queue")
        owner.execute("DELETE FROM procrastinate_jobs")
    message_id = write(system_scope, "orders.placed:outbox")
    with pytest.raises(RuntimeError), system_scope.transaction() as unit:
        actions.queue_message(
            unit, effect_key="lost", kind="order_placed", recipient="x@example.com", letter=LETTER, brand="", tokens={}
        )
        raise RuntimeError
    drain(root.settings, scope_of(root))
    assert system_scope.tenant is not None
    folder = root.settings.var / "outbox" / system_scope.tenant.slug
    assert [path.name for path in folder.iterdir()] == [f"{message_id}.eml"]
    assert b"Message-ID: <" + str(message_id).encode() in (folder / f"{message_id}.eml").read_bytes()


def test_no_message_is_sent_with_a_transaction_open(posting: Scope) -> None:
    message_id = write(posting)
    assert message_id is not None
    with posting.transaction() as unit, pytest.raises(TransactionOpen):
        flows.send_message(unit, message_id)


@pytest.mark.parametrize("recipient", ["a@example.com\r\nBcc: b@example.com", "a@example.com\nSubject: x"])
def test_a_recipient_cannot_add_a_header(posting: Scope, postbox: tuple[Postbox, int], recipient: str) -> None:
    message_id = write(posting, recipient=recipient)
    assert message_id is not None
    with pytest.raises(ValueError, match=r"[Hh]eader"):
        flows.send_message(posting, message_id)
    assert postbox[0].taken == []
