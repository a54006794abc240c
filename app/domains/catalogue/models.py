"""What is described (products), what is bought (variants), who sells it (offers), where it is found (slugs)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.db import Changing, Created, TenantModel
from app.kit.ids import Id


class CategoryRow(Changing, TenantModel):
    """A category of the tree. `code` names it in documents and files."""

    __tablename__ = "catalogue_categories"
    id: Mapped[str] = mapped_column(Id("cat"), primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    parent_id: Mapped[str | None] = mapped_column(Id("cat"), ForeignKey("catalogue_categories.id"), index=True)
    name: Mapped[dict[str, str]] = mapped_column(JSONB)
    description: Mapped[dict[str, str]] = mapped_column(JSONB)
    picture_id: Mapped[str | None] = mapped_column(Id("med"), ForeignKey("media_assets.id"))
    position: Mapped[int] = mapped_column(server_default="0", default=0)
    is_active: Mapped[bool] = mapped_column(server_default="true", default=True)
    __table_args__ = (CheckConstraint("parent_id <> id", name="parent"),)


class ProductRow(Changing, TenantModel):
    """A product. `(source, external_id)` is how its source names it; `version` also counts the changes of its
    variants, pictures and addresses."""

    __tablename__ = "catalogue_products"
    id: Mapped[str] = mapped_column(Id("prd"), primary_key=True)
    source: Mapped[str]
    external_id: Mapped[str]
    category_id: Mapped[str | None] = mapped_column(Id("cat"), ForeignKey("catalogue_categories.id"), index=True)
    brand: Mapped[str]
    title: Mapped[dict[str, str]] = mapped_column(JSONB)
    summary: Mapped[dict[str, str]] = mapped_column(JSONB)
    description: Mapped[dict[str, str]] = mapped_column(JSONB)
    tax_category: Mapped[str]
    attributes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    options: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    keywords: Mapped[dict[str, list[str]]] = mapped_column(JSONB)
    status: Mapped[str]
    archived_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        CheckConstraint("status IN ('draft', 'active', 'archived')", name="status"),
        CheckConstraint("(status = 'archived') = (archived_at IS NOT NULL)", name="archived_at"),
        Index("catalogue_products_status_idx", "status", "id"),
    )


class VariantRow(Changing, TenantModel):
    """A buyable combination of option values. One that its source no longer names is archived, never deleted:
    orders hang on it."""

    __tablename__ = "catalogue_variants"
    id: Mapped[str] = mapped_column(Id("var"), primary_key=True)
    product_id: Mapped[str] = mapped_column(Id("prd"), ForeignKey("catalogue_products.id"), index=True)
    sku: Mapped[str] = mapped_column(unique=True)
    gtin: Mapped[str | None]
    option_values: Mapped[dict[str, str]] = mapped_column(JSONB)
    position: Mapped[int]
    weight_g: Mapped[int | None]
    archived_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    __table_args__ = (CheckConstraint("weight_g >= 0", name="weight_g"),)


class OfferRow(Changing, TenantModel):
    """One seller's offer of a variant: price, stock, cart and order lines hang on it. `paused` is a person's
    decision, `archived` follows the variant."""

    __tablename__ = "catalogue_offers"
    id: Mapped[str] = mapped_column(Id("off"), primary_key=True)
    variant_id: Mapped[str] = mapped_column(Id("var"), ForeignKey("catalogue_variants.id"))
    seller_id: Mapped[str] = mapped_column(Id("sel"), ForeignKey("sellers_sellers.id"), index=True)
    status: Mapped[str] = mapped_column(server_default="active", default="active")
    __table_args__ = (
        UniqueConstraint("variant_id", "seller_id"),
        CheckConstraint("status IN ('active', 'paused', 'archived')", name="status"),
    )


class SlugRow(Changing, TenantModel):
    """An address, now or formerly. A former one leads on to the current one (301)."""

    __tablename__ = "catalogue_slugs"
    kind: Mapped[str] = mapped_column(primary_key=True)
    locale: Mapped[str] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(primary_key=True)
    category_id: Mapped[str | None] = mapped_column(Id("cat"), ForeignKey("catalogue_categories.id"))
    product_id: Mapped[str | None] = mapped_column(Id("prd"), ForeignKey("catalogue_products.id"))
    is_current: Mapped[bool]
    __table_args__ = (
        CheckConstraint(
            "(kind = 'category' AND category_id IS NOT NULL AND product_id IS NULL)"
            " OR (kind = 'product' AND product_id IS NOT NULL AND category_id IS NULL)",
            name="target",
        ),
        Index(
            "catalogue_slugs_category_idx", "category_id", "locale", unique=True, postgresql_where="is_current"
        ),
        Index("catalogue_slugs_product_idx", "product_id", "locale", unique=True, postgresql_where="is_current"),
        Index("catalogue_slugs_slug_idx", "kind", "slug"),
    )


class ProductPictureRow(Created, TenantModel):
    """The pictures of a product, in order."""

    __tablename__ = "catalogue_product_pictures"
    product_id: Mapped[str] = mapped_column(Id("prd"), ForeignKey("catalogue_products.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    asset_id: Mapped[str] = mapped_column(Id("med"), ForeignKey("media_assets.id"), index=True)
    alt: Mapped[dict[str, str]] = mapped_column(JSONB)


class AttributeRow(Changing, TenantModel):
    """What kind of fact an attribute of products is, by its code. `is_fixed`: a person has decided."""

    __tablename__ = "catalogue_attributes"
    code: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[dict[str, str]] = mapped_column(JSONB)
    kind: Mapped[str]
    unit: Mapped[str]
    is_filterable: Mapped[bool]
    is_fixed: Mapped[bool] = mapped_column(server_default="false", default=False)
    __table_args__ = (
        CheckConstraint("kind IN ('text', 'integer', 'decimal', 'boolean', 'choice', 'multi')", name="kind"),
    )


class ImportRunRow(Changing, TenantModel):
    """An import of a file. Of one file and source at most one run is open: the one that is taken up again.

    :ivar is_dry_run: everything is read and checked, nothing is written but this book.
    :ivar position: the last item that is in the book; it moves with the batch that it closes.
    :ivar counts: the items by what became of them; `total`: how many the file has, once it has been read through.
    :ivar upload: the fingerprint of a file that is kept for this run; `mapping`: the text of its mapping file;
        `locale`: the language of texts that do not say theirs.
    """

    __tablename__ = "catalogue_import_runs"
    id: Mapped[str] = mapped_column(Id("imp"), primary_key=True)
    source: Mapped[str]
    format: Mapped[str]
    file_name: Mapped[str]
    sha256: Mapped[str]
    status: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    started_by: Mapped[dict[str, Any]] = mapped_column(JSONB)
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    is_dry_run: Mapped[bool] = mapped_column(server_default="false", default=False)
    position: Mapped[int] = mapped_column(server_default="0", default=0)
    counts: Mapped[dict[str, int]] = mapped_column(JSONB, server_default="{}")
    total: Mapped[int] = mapped_column(server_default="0", default=0)
    upload: Mapped[str] = mapped_column(server_default="", default="")
    mapping: Mapped[str] = mapped_column(server_default="", default="")
    locale: Mapped[str] = mapped_column(server_default="", default="")
    __table_args__ = (
        CheckConstraint("status IN ('waiting', 'running', 'finished', 'failed')", name="status"),
        CheckConstraint("(status IN ('finished', 'failed')) = (finished_at IS NOT NULL)", name="finished_at"),
        Index(
            "catalogue_import_runs_open_idx",
            "source",
            "sha256",
            "is_dry_run",
            unique=True,
            postgresql_where="status IN ('waiting', 'running')",
        ),
    )


class ImportRowRow(Created, TenantModel):
    """What became of one item of a file. `text` is a sentence in English with fields that `facts` fill; it is
    translated when somebody reads it."""

    __tablename__ = "catalogue_import_rows"
    run_id: Mapped[str] = mapped_column(Id("imp"), ForeignKey("catalogue_import_runs.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    line: Mapped[int]
    source_key: Mapped[str]
    status: Mapped[str]
    outcome: Mapped[str]
    code: Mapped[str]
    column: Mapped[str]
    text: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    __table_args__ = (CheckConstraint("status IN ('ok', 'failed', 'skipped', 'note')", name="status"),)


class ExportRunRow(Changing, TenantModel):
    """A file of the catalogue that somebody asked for. `object_name` finds it in the store; `lost` is what the format
    could not carry: field → in how many products."""

    __tablename__ = "catalogue_export_runs"
    id: Mapped[str] = mapped_column(Id("exp"), primary_key=True)
    format: Mapped[str]
    source: Mapped[str]
    locale: Mapped[str]
    status: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    started_by: Mapped[dict[str, Any]] = mapped_column(JSONB)
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    object_name: Mapped[str] = mapped_column(server_default="", default="")
    size: Mapped[int] = mapped_column(BigInteger, server_default="0", default=0)
    done: Mapped[int] = mapped_column(server_default="0", default=0)
    total: Mapped[int] = mapped_column(server_default="0", default=0)
    lost: Mapped[dict[str, int]] = mapped_column(JSONB, server_default="{}")
    __table_args__ = (
        CheckConstraint("status IN ('waiting', 'running', 'finished', 'failed')", name="status"),
        CheckConstraint("(status IN ('finished', 'failed')) = (finished_at IS NOT NULL)", name="finished_at"),
        Index("catalogue_export_runs_finished_idx", "finished_at"),
    )
