"""Passwords: argon2id with the parameters of RFC 9106 (low-memory profile, argon2-cffi's default)."""

from __future__ import annotations

import functools

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 10
LONGEST = 200
_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def is_password(password_hash: str | None, password: str) -> bool:
    """Is it the password? Without a hash the same work is done, so that time does not tell who exists."""
    wanted = password_hash or _nobody()
    try:
        _hasher.verify(wanted, password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None and len(password) <= LONGEST


def needs_rehash(password_hash: str) -> bool:
    """Was it made with other parameters than today's?"""
    return _hasher.check_needs_rehash(password_hash)


def is_acceptable(password: str, email: str) -> bool:
    """May it be a new password? Length is what counts (NIST SP 800-63B); no rule about kinds of characters."""
    return SHORTEST <= len(password) <= LONGEST and password.strip().lower() != email


@functools.cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")
