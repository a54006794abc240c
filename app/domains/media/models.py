"""Originals and their renditions; the bytes lie in the object store."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Changing, Created, TenantModel
from app.kit.ids import Id


class AssetRow(Changing, TenantModel):
    """An original. The same bytes are the same asset."""

    __tablename__ = "media_assets"
    id: Mapped[str] = mapped_column(Id("med"), primary_key=True)
    sha256: Mapped[str] = mapped_column(unique=True)
    content_type: Mapped[str]
    byte_size: Mapped[int] = mapped_column(BigInteger)
    width: Mapped[int]
    height: Mapped[int]
    source_key: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="pending", default="pending")
    failure: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'ready', 'failed')", name="status"),
        CheckConstraint("(status = 'failed') = (failure IS NOT NULL)", name="failure"),
        CheckConstraint("width > 0 AND height > 0 AND byte_size > 0", name="size"),
    )


class RenditionRow(Created, TenantModel):
    """One size of an asset in one format. `path` is the key below the tenant."""

    __tablename__ = "media_renditions"
    asset_id: Mapped[str] = mapped_column(Id("med"), ForeignKey("media_assets.id"), primary_key=True)
    format: Mapped[str] = mapped_column(primary_key=True)
    width: Mapped[int] = mapped_column(primary_key=True)
    height: Mapped[int]
    path: Mapped[str]
    byte_size: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (CheckConstraint("format IN ('avif', 'webp', 'jpeg', 'png')", name="format"),)
