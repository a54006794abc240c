"""Writers of messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute

from app.domains.content import rules
from app.domains.content.models import MessageRow, Suppression
from app.domains.content.types import SECRET_LETTERS, AccountFacts, Letter, Message
from app.domains.identity.actions.proofs import forget_secret
from app.domains.identity.queries import get_proof_letter, get_shopper_contact
from app.domains.tenancy.queries.brands import get_brand
from app.kit import ids
from app.kit.i18n import text
from app.kit.queue import enqueue
from app.kit.scope import SYSTEM_ONLY, Scope, action

CLAIM_LIMIT = timedelta(minutes=5)


@action(SYSTEM_ONLY)
def queue_message(
    scope: Scope,
    *,
    effect_key: str,
    kind: str,
    recipient: str,
    letter: Letter,
    brand: str,
    tokens: Mapping[str, Any],
) -> str | None:
    """Queue a letter in a brand's dress; None when this effect was told before.

    A suppressed address is noted and not written to; a letter to it that would hold a secret is kept empty.
    """
    is_suppressed = scope.db.execute(
        select(Suppression.recipient).where(Suppression.recipient == recipient.lower())
    ).one_or_none()
    is_hidden = is_suppressed is not None and kind in SECRET_LETTERS
    message_id = scope.db.execute(
        insert(MessageRow)
        .values(
            id=ids.new("msg"),
            effect_key=effect_key,
            kind=kind,
            recipient=recipient,
            locale=letter.locale,
            subject=letter.subject,
            html="" if is_hidden else rules.to_html(letter, rules.dress_of(brand, tokens)),
            text="" if is_hidden else rules.to_text(letter),
            status="suppressed" if is_suppressed else "queued",
        )
        .on_conflict_do_nothing(index_elements=[MessageRow.effect_key])
        .returning(MessageRow.id)
    ).scalar_one_or_none()
    if message_id is not None and not is_suppressed:
        enqueue(scope, "content.send_message", message_id=message_id)
    return message_id


@action(SYSTEM_ONLY)
def claim_message(scope: Scope, message_id: str) -> Message | None:
    """Take a message for sending; None when it was sent, or another worker took it less than five minutes ago."""
    stale = scope.now() - CLAIM_LIMIT
    row = scope.db.execute(
        update(MessageRow)
        .where(
            MessageRow.id == message_id,
            or_(MessageRow.status == "queued", (MessageRow.status == "sending") & (MessageRow.claimed_at < stale)),
        )
        .values(
            status="sending",
            claimed_at=scope.now(),
            attempts=MessageRow.attempts + 1,
            version=MessageRow.version + 1,
        )
        .returning(
            MessageRow.id,
            MessageRow.kind,
            MessageRow.recipient,
            MessageRow.locale,
            MessageRow.subject,
            MessageRow.html,
            MessageRow.text,
            MessageRow.status,
        )
    ).one_or_none()
    return None if row is None else Message(**row._mapping)


@action(SYSTEM_ONLY)
def record_sent(scope: Scope, message_id: str) -> None:
    scope.db.execute(
        update(MessageRow)
        .where(MessageRow.id == message_id, MessageRow.status == "sending")
        .values(
            status="sent",
            sent_at=scope.now(),
            html=_without_secret(MessageRow.html),
            text=_without_secret(MessageRow.text),
            version=MessageRow.version + 1,
        )
    )


@action(SYSTEM_ONLY)
def return_message(scope: Scope, message_id: str) -> None:
    """The server was away: the message waits again."""
    scope.db.execute(
        update(MessageRow)
        .where(MessageRow.id == message_id, MessageRow.status == "sending")
        .values(status="queued", claimed_at=None, version=MessageRow.version + 1)
    )


@action(SYSTEM_ONLY)
def write_proof(scope: Scope, proof_id: str) -> None:
    """The letter with the code or the link of a question to a mailbox; what it holds lies nowhere else afterwards.

    Where a shopper wants another address, the one so far is told as well.
    """
    found = get_proof_letter(scope, proof_id)
    if found is None:
        return
    facts = _facts(scope, found.locale, found.name, found.recipient, found.code, found.link)
    _write(scope, f"proof:{proof_id}", found.letter, found.recipient, facts, found.locale)
    if found.notice_to:
        _write(scope, f"proof_notice:{proof_id}", "email_asked", found.notice_to, facts, found.locale)
    forget_secret(scope, proof_id)


@action(SYSTEM_ONLY)
def tell_secured(scope: Scope, shopper_id: str, what: str, change_id: str) -> None:
    """What guards the account has changed."""
    known = get_shopper_contact(scope, shopper_id)
    facts = _facts(scope, known.locale, known.name, known.email)
    _write(scope, f"secured:{change_id}", f"secured_{what}", known.email, facts, known.locale)


def _facts(scope: Scope, locale: str, name: str, email: str, code: str = "", link: str = "") -> AccountFacts:
    home = ""
    if scope.storefront is not None:
        prefix = "" if locale == scope.storefront.locales[0] else f"/{locale}"
        home = scope.storefront.origin + prefix
    return AccountFacts(name, email, text(get_brand(scope).name, locale), home, code, link)


def _write(scope: Scope, key: str, kind: str, recipient: str, facts: AccountFacts, locale: str) -> None:
    brand = get_brand(scope)
    letter = rules.account_letter(kind, facts, locale, brand.legal_name)
    queue_message(
        scope, effect_key=key, kind=kind, recipient=recipient, letter=letter, brand=facts.brand, tokens=brand.tokens
    )


def _without_secret(words: InstrumentedAttribute[str]) -> ColumnElement[str]:
    return case((MessageRow.kind.in_(SECRET_LETTERS), ""), else_=words)
