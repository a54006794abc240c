"""Letters about an account: told once, in brand and language, and what opens a door is not kept."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default

import pytest
from sqlalchemy import insert, select, text

from app.domains.content import actions, flows
from app.domains.content.models import MessageRow, Suppression
from app.domains.content.queries import preview_letter
from app.domains.content.types import ACCOUNT_LETTERS
from app.domains.identity import flows as identity
from app.domains.identity.models import ProofRow
from app.kit.scope import Scope
from tests.factories.shoppers import HERE, last_letter, make_shopper

EMAIL = "malee@example.com"


def write_all(scope: Scope) -> None:
    with scope.as_system().transaction() as unit:
        for proof_id in unit.db.scalars(select(ProofRow.id).order_by(ProofRow.id)).all():
            actions.write_proof(unit, proof_id)


def test_a_letter_with_a_code_is_told_once_and_emptied_when_it_is_sent(scope: Scope, system_scope: Scope) -> None:
    identity.sign_up(scope, EMAIL, "Malee", HERE)
    letter = last_letter(scope, EMAIL)
    write_all(scope)
    write_all(scope)
    with system_scope.transaction() as unit:
        (message,) = unit.db.execute(select(MessageRow.id, MessageRow.html, MessageRow.text, MessageRow.kind)).all()
        assert unit.db.scalars(select(ProofRow.secret)).all() == [None]
    assert message.kind == "sign_up"
    for said in (message.html, message.text):
        assert letter.code in said
        assert f"/account/welcome/{letter.link}" in said
    flows.send_message(system_scope, message.id)
    sent = next(iter((system_scope.settings.var / "outbox" / system_scope.tenant.slug).glob(f"{message.id}.eml")))
    told = message_from_bytes(sent.read_bytes(), policy=default)
    for kind in ("plain", "html"):
        body = told.get_body((kind,))
        assert body is not None and letter.code in body.get_content()
    with system_scope.transaction() as unit:
        assert unit.db.execute(select(MessageRow.status, MessageRow.html, MessageRow.text)).all() == [("sent", "", "")]


def test_a_suppressed_mailbox_is_noted_and_not_written_to(scope: Scope, system_scope: Scope) -> None:
    with system_scope.transaction() as unit:
        unit.db.execute(insert(Suppression).values(recipient=EMAIL, reason="bounced"))
    identity.sign_up(scope, EMAIL, "Malee", HERE)
    write_all(scope)
    with system_scope.transaction() as unit:
        assert unit.db.execute(select(MessageRow.status, MessageRow.html)).all() == [("suppressed", "")]
        jobs = "SELECT count(*) FROM queue.procrastinate_jobs WHERE task_name = 'content.send_message'"
        assert system_scope.tenant is not None
    with system_scope.database.owner.connect() as owner:
        assert owner.execute(text(f"{jobs} AND args ->> 'tenant' = :id"), {"id": system_scope.tenant_id}).scalar() == 0


def test_the_address_so_far_is_told_that_another_is_wanted(scope: Scope, system_scope: Scope) -> None:
    token = make_shopper(scope, EMAIL).token
    session = identity.recognise_shopper(scope, token)
    assert session is not None
    actor = type(scope.actor)("shopper", session.shopper_id, session.name)
    mine = scope.with_values(actor=actor, permissions=type(scope.permissions)(session.permissions))
    identity.ask_new_email(mine, "new@example.com", HERE, session)
    code = last_letter(scope, "new@example.com").code
    write_all(scope)
    with system_scope.transaction() as unit:
        rows = unit.db.execute(select(MessageRow.kind, MessageRow.recipient, MessageRow.text)).all()
    told = {row.kind: row for row in rows}
    assert told["email_asked"].recipient == EMAIL
    assert code not in told["email_asked"].text
    assert code in told["new_email"].text


def test_a_change_of_what_guards_an_account_is_told_once(scope: Scope, system_scope: Scope) -> None:
    shopper_id = make_shopper(scope, EMAIL).shopper_id
    with system_scope.transaction() as unit:
        for _ in range(2):
            actions.tell_secured(unit, shopper_id, "password", "chg_1")
        kinds = unit.db.execute(select(MessageRow.kind, MessageRow.recipient)).all()
    assert kinds == [("secured_password", EMAIL)]


@pytest.mark.parametrize("locale", ["en", "th", "ar", "hi", "ja"])
@pytest.mark.parametrize("kind", ACCOUNT_LETTERS)
def test_every_letter_can_be_looked_at_in_every_language(staff_scope: Scope, kind: str, locale: str) -> None:
    shown = preview_letter(staff_scope, kind, locale)
    assert shown is not None
    assert f'lang="{locale}"' in shown.html
    assert f'dir="{"rtl" if locale == "ar" else "ltr"}"' in shown.html
    assert "%(" not in shown.html + shown.text + shown.subject
    assert preview_letter(staff_scope, "no such kind", locale) is None
