"""Staff, their sessions, and the buckets that slow guessing down."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Changing, TenantModel
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
