"""Secrets at rest: one encrypted column type with key rotation (Fernet), and hashes for tokens."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import Text
from sqlalchemy.types import TypeDecorator

from app.kit.settings import Settings

_cipher: MultiFernet | None = None


def configure(settings: Settings) -> None:
    """Take the keys: `encryption_keys` (comma-separated, newest first), or one derived from the secret key."""
    global _cipher
    keys = [key.strip() for key in settings.encryption_keys.split(",") if key.strip()]
    if not keys:
        digest = bytes.fromhex(settings.derive("encryption"))
        keys = [base64.urlsafe_b64encode(digest).decode()]
    _cipher = MultiFernet([Fernet(key) for key in keys])


def token_hash(token: str) -> str:
    """What is stored of a random token (SHA-256; the token has 256 bits, so no salt is needed)."""
    return hashlib.sha256(token.encode()).hexdigest()


class EncryptedText(TypeDecorator[str]):
    """A text that lies encrypted in the database and never shows in a plan, a diff, a log or an archive."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        return None if value is None else _ready().encrypt(value.encode()).decode()

    def process_result_value(self, value: str | None, dialect: Any) -> str | None:
        return None if value is None else _ready().decrypt(value.encode()).decode()


def _ready() -> MultiFernet:
    if _cipher is None:
        raise RuntimeError("kit.secrets.configure was not called")
    return _cipher
