"""How long a shopper's sessions and the questions to a mailbox last, and what is kept of a code."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from email_validator import EmailNotValidError, validate_email

from app.domains.identity.errors import EmailNotValid
from app.domains.identity.rules.limits import Limit
from app.domains.identity.rules.sessions import normal_email

LIFETIME = timedelta(days=180)
IDLE_LIFETIME = timedelta(days=30)
FRESH_FOR = timedelta(minutes=15)
"""So long after a sign-in its session may change what guards the account."""

PROOF_LIFETIMES = {
    "sign_in": timedelta(minutes=10),
    "sign_up": timedelta(hours=1),
    "reset": timedelta(minutes=30),
    "new_email": timedelta(hours=1),
}
PROOFS_KEPT_FOR = timedelta(days=7)
TRIES_PER_CODE = 5
MAILBOX = Limit(5, timedelta(minutes=5))
"""How often somebody is written to for the asking."""

CODE_LENGTH = 6
LONGEST_NAME = 120
MOST_ADDRESSES = 20
MOST_PASSKEYS = 20
CHALLENGE_LIFETIME = timedelta(minutes=5)


def code_hash(browser: str, code: str) -> str:
    """What is kept of a code: a million codes are soon tried, so the token of the browser, kept nowhere, salts it."""
    digits = "".join(code.split())
    plain = "".join(str(int(one)) if one.isdecimal() else one for one in digits[: 4 * CODE_LENGTH])
    return hashlib.sha256(f"{browser}:{plain}".encode()).hexdigest()


def mailbox_key(email: str) -> str:
    """The bucket of letters to one mailbox."""
    return f"mailbox:{hashlib.sha256(email.encode()).hexdigest()[:32]}"


def is_fresh(opened_at: datetime, now: datetime) -> bool:
    """Was the sign-in a short while ago?"""
    return opened_at > now - FRESH_FOR


def clean_name(text: str) -> str:
    """A name in one line, as long as a name is."""
    return " ".join(text.split())[:LONGEST_NAME]


def checked_email(text: str) -> str:
    """An address in its one normal form. Raises `EmailNotValid`, also for what only looks like one that is taken."""
    wanted = normal_email(text)
    try:
        validate_email(wanted, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise EmailNotValid(field="email", email=text.strip()[:80]) from error
    return wanted
