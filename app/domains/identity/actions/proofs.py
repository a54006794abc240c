"""Questions to a mailbox: asked with the same work for whom one knows and whom one does not, answered once."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, insert, select, update

from app.domains.identity.actions.tries import count_try
from app.domains.identity.errors import ProofExpired, ProofWrong
from app.domains.identity.events import MailboxAsked
from app.domains.identity.models import PasskeyChallengeRow, ProofRow, ShopperRow, ShopperSessionRow
from app.domains.identity.rules.limits import CODE
from app.domains.identity.rules.shoppers import (
    CODE_LENGTH,
    MAILBOX,
    PROOF_LIFETIMES,
    PROOFS_KEPT_FOR,
    TRIES_PER_CODE,
    code_hash,
    mailbox_key,
)
from app.domains.identity.types import ProofPurpose
from app.kit import ids
from app.kit.events import announce
from app.kit.scope import SYSTEM_ONLY, Scope, action
from app.kit.secrets import token_hash


@dataclass(frozen=True, slots=True)
class Proven:
    """What was asked, now that the mailbox has answered. `shopper_id` is None for somebody new."""

    purpose: ProofPurpose
    email: str
    name: str
    shopper_id: str | None


@action(SYSTEM_ONLY)
def ask_mailbox(
    scope: Scope, purpose: ProofPurpose, email: str, *, name: str = "", shopper_id: str | None = None
) -> str:
    """Write down a question to a mailbox and announce it; returns the token for the browser that asked.

    An earlier one for the same end is void, where it could change the account. Whether anybody has the address is
    told to the mailbox alone.

    :param shopper_id: whose address shall be changed, where that is asked.
    :raises TooManyTries: this mailbox has been written to too often.
    """
    count_try(scope, mailbox_key(email), MAILBOX)
    owner = scope.db.execute(
        select(ShopperRow.id).where(ShopperRow.email == email, ShopperRow.status == "active")
    ).scalar_one_or_none()
    meant, letter, about = _decide(purpose, owner, shopper_id)
    if meant in ("reset", "new_email"):
        _end_open(scope, ProofRow.purpose == meant, ProofRow.email == email)
        if shopper_id is not None:
            _end_open(scope, ProofRow.purpose == meant, ProofRow.shopper_id == shopper_id)
    proof_id, browser, link = ids.new("prf"), ids.new_token(), ids.new_token()
    code = ids.new_digits(CODE_LENGTH)
    can_answer = letter not in ("unknown", "taken")
    scope.db.execute(
        insert(ProofRow).values(
            id=proof_id,
            purpose=meant,
            letter=letter,
            email=email,
            name=name,
            shopper_id=about,
            browser_hash=token_hash(browser),
            code_hash=code_hash(browser, code if can_answer else ids.new_token()),
            link_hash=token_hash(link if can_answer else ids.new_token()),
            secret=f"{code} {link}",
            locale=scope.locale,
            expires_at=scope.now() + PROOF_LIFETIMES[purpose],
        )
    )
    announce(scope, MailboxAsked(proof_id))
    return browser


@action(SYSTEM_ONLY)
def count_answer(scope: Scope, browser: str) -> None:
    """Count one code of a browser's question, to be committed before it is looked at.

    :raises ProofExpired: nothing is asked under this token, it is too late, or five codes were tried.
    :raises TooManyTries: too many codes for this mailbox.
    """
    email = scope.db.execute(
        update(ProofRow)
        .where(
            ProofRow.browser_hash == token_hash(browser),
            ProofRow.ended_at.is_(None),
            ProofRow.expires_at > scope.now(),
            ProofRow.tries < TRIES_PER_CODE,
        )
        .values(tries=ProofRow.tries + 1, version=ProofRow.version + 1)
        .returning(ProofRow.email)
    ).scalar_one_or_none()
    if email is None:
        raise ProofExpired()
    count_try(scope, f"answer:{mailbox_key(email)}", CODE)


@action(SYSTEM_ONLY)
def take_code_of(scope: Scope, browser: str, code: str) -> Proven:
    """Use up a code, in the browser that asked. Of many at once one finds the question open.

    :raises ProofWrong:
    """
    return _take(
        scope,
        ProofWrong(field="code"),
        ProofRow.browser_hash == token_hash(browser),
        ProofRow.code_hash == code_hash(browser, code),
    )


@action(SYSTEM_ONLY)
def take_link(scope: Scope, link: str, purpose: ProofPurpose) -> Proven:
    """Use up the link of a letter. Raises `ProofExpired`."""
    return _take(scope, ProofExpired(), ProofRow.link_hash == token_hash(link), ProofRow.purpose == purpose)


@action(SYSTEM_ONLY)
def end_proofs_of(scope: Scope, shopper_id: str) -> None:
    """What still waits for an answer about a shopper's account is void: what guards it has changed."""
    _end_open(scope, ProofRow.shopper_id == shopper_id)


@action(SYSTEM_ONLY)
def forget_secret(scope: Scope, proof_id: str) -> None:
    """The letter is written: code and link lie nowhere else any more."""
    scope.db.execute(update(ProofRow).where(ProofRow.id == proof_id).values(secret=None, version=ProofRow.version + 1))


@action(SYSTEM_ONLY)
def forget_old_proofs(scope: Scope) -> None:
    """Remove what expired long ago: questions, challenges, sessions of shoppers."""
    before = scope.now() - PROOFS_KEPT_FOR
    scope.db.execute(delete(ProofRow).where(ProofRow.expires_at < before))
    scope.db.execute(delete(PasskeyChallengeRow).where(PasskeyChallengeRow.expires_at < before))
    scope.db.execute(delete(ShopperSessionRow).where(ShopperSessionRow.expires_at < before))


def _decide(purpose: ProofPurpose, owner: str | None, shopper_id: str | None) -> tuple[ProofPurpose, str, str | None]:
    """What is asked indeed, which letter says so, and about whom."""
    if purpose == "sign_up":
        return ("sign_in", "known", owner) if owner else ("sign_up", "sign_up", None)
    if purpose == "new_email":
        return purpose, "taken" if owner else "new_email", shopper_id
    return purpose, purpose if owner else "unknown", owner


def _take(scope: Scope, otherwise: Exception, *which: ColumnElement[bool]) -> Proven:
    taken = scope.db.execute(
        update(ProofRow)
        .where(*which, ProofRow.ended_at.is_(None), ProofRow.expires_at > scope.now())
        .values(ended_at=scope.now(), secret=None, version=ProofRow.version + 1)
        .returning(ProofRow.purpose, ProofRow.email, ProofRow.name, ProofRow.shopper_id)
    ).one_or_none()
    if taken is None:
        raise otherwise
    return Proven(*taken)


def _end_open(scope: Scope, *which: ColumnElement[bool]) -> None:
    scope.db.execute(
        update(ProofRow)
        .where(*which, ProofRow.ended_at.is_(None))
        .values(ended_at=scope.now(), secret=None, version=ProofRow.version + 1)
    )
