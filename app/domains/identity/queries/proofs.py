"""Readers of questions to mailboxes."""

from __future__ import annotations

from sqlalchemy import select

from app.domains.identity.models import ProofRow, ShopperRow
from app.domains.identity.types import AskedProof, ProofLetter
from app.kit.scope import PUBLIC, SYSTEM_ONLY, Scope, query
from app.kit.secrets import token_hash


@query(PUBLIC)
def find_asked(scope: Scope, browser: str) -> AskedProof | None:
    """What this browser has asked of a mailbox and what still waits for its code, or None."""
    row = scope.db.execute(
        select(ProofRow.purpose, ProofRow.email).where(
            ProofRow.browser_hash == token_hash(browser),
            ProofRow.ended_at.is_(None),
            ProofRow.expires_at > scope.now(),
        )
    ).one_or_none()
    return None if row is None else AskedProof(row.purpose, row.email)


@query(PUBLIC)
def find_link(scope: Scope, link: str) -> AskedProof | None:
    """What a link of a letter is about while it can be used, or None. Looking changes nothing: mail programs look."""
    row = scope.db.execute(
        select(ProofRow.purpose, ProofRow.email).where(
            ProofRow.link_hash == token_hash(link),
            ProofRow.ended_at.is_(None),
            ProofRow.expires_at > scope.now(),
        )
    ).one_or_none()
    return None if row is None else AskedProof(row.purpose, row.email)


@query(SYSTEM_ONLY)
def get_proof_letter(scope: Scope, proof_id: str) -> ProofLetter | None:
    """What the letter of a question says; None once its secret has gone. `notice_to` is the address that a shopper has
    so far, where another one is asked."""
    row = scope.db.execute(
        select(
            ProofRow.letter,
            ProofRow.email,
            ProofRow.name,
            ProofRow.locale,
            ProofRow.secret,
            ProofRow.purpose,
            ShopperRow.email.label("present"),
            ShopperRow.name.label("known_as"),
        )
        .outerjoin(ShopperRow, ShopperRow.id == ProofRow.shopper_id)
        .where(ProofRow.id == proof_id)
    ).one()
    if row.secret is None:
        return None
    code, _, link = row.secret.partition(" ")
    notice_to = row.present if row.purpose == "new_email" else None
    return ProofLetter(row.letter, row.email, row.known_as or row.name, row.locale, code, link, notice_to)
