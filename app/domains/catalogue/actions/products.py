"""Writers of products."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.catalogue.actions.categories import ensure_path
from app.domains.catalogue.actions.pictures import save_pictures
from app.domains.catalogue.actions.slugs import save_slugs
from app.domains.catalogue.actions.variants import save_variants
from app.domains.catalogue.errors import CategoryUnknown, ProductNotFound, ProductNotValid
from app.domains.catalogue.events import ProductChanged
from app.domains.catalogue.models import CategoryRow, ProductRow
from app.domains.catalogue.rules.checks import faults
from app.domains.catalogue.rules.documents import changed, product_columns
from app.domains.catalogue.types import ProductInput, ProductSaved, ProductStatus, SaveStatus
from app.domains.sellers import queries as sellers
from app.domains.tenancy.actions import record_change
from app.kit import ids
from app.kit.errors import StaleVersion
from app.kit.events import announce
from app.kit.scope import Scope, action


@action("catalogue.edit")
def save_product(
    scope: Scope, product: ProductInput, *, seller_id: str | None = None, if_version: int | None = None
) -> ProductSaved:
    """Make or change the product that its source calls by this id, with variants, one offer each, addresses,
    pictures and (of a `category_path`) categories. Prices and stock are not its business.

    What is stored already is left alone: the same input twice changes no row, raises no version and announces
    nothing. A variant that is no longer named is archived with its offers; it comes back under its SKU.

    :param seller_id: who offers it; else the tenant's own seller.
    :param if_version: refuse if somebody else has changed the product since it was read.

    Raises `ProductNotValid`, `CategoryUnknown`, `SlugTaken`, `SkuTaken`, `StaleVersion`, `SellerNotFound`.
    """
    wrong = list(faults(product))
    if wrong:
        problems = [{"field": fault.field, "code": fault.code, "reason": str(fault)} for fault in wrong]
        raise ProductNotValid(field=wrong[0].field, reason=str(wrong[0]), problems=problems)
    seller = seller_id or sellers.get_own_seller(scope).id
    wanted = {**product_columns(product), **_status(scope, product.status), "category_id": _category(scope, product)}
    stored, is_new = _claim(scope, product, wanted)
    if if_version is not None and (is_new or stored.version != if_version):
        raise StaleVersion()
    differing = {} if is_new else changed(stored._asdict(), wanted)
    if stored.status == product.status:
        differing.pop("archived_at", None)
    has_moved = save_slugs(
        scope, "product", stored.id, wanted=product.slug, titles=wanted["title"], fallback=product.external_id
    )
    has_other_pictures = save_pictures(scope, stored.id, product.pictures)
    offers, has_other_variants = save_variants(scope, stored.id, seller, product.variants)
    status: SaveStatus = "created" if is_new else "unchanged"
    if not is_new and (differing or has_moved or has_other_pictures or has_other_variants):
        status = "changed"
        scope.db.execute(
            update(ProductRow).where(ProductRow.id == stored.id).values(**differing, version=ProductRow.version + 1)
        )
    if status != "unchanged":
        announce(scope, ProductChanged(stored.id, status))
    return ProductSaved(stored.id, status, offers)


@action("catalogue.edit")
def archive_product(scope: Scope, product_id: str) -> None:
    """Take a product out of the catalogue; its page is gone, orders keep what they froze. Archiving it again
    changes nothing. Raises `ProductNotFound`."""
    _move(scope, product_id, "archived")


@action("catalogue.edit")
def publish_product(scope: Scope, product_id: str) -> None:
    """Show a draft or an archived product to shoppers. Raises `ProductNotFound`."""
    _move(scope, product_id, "active")


def _claim(scope: Scope, product: ProductInput, wanted: dict[str, Any]) -> tuple[Row, bool]:
    """The locked row of this product, and whether it was made just now. Two who come at the same moment are
    settled by the unique key: one makes it, the other finds it."""
    key = {"source": product.source, "external_id": product.external_id}
    made = scope.db.execute(
        upsert(ProductRow)
        .values(id=ids.new("prd"), **key, **wanted)
        .on_conflict_do_nothing(index_elements=[ProductRow.source, ProductRow.external_id])
        .returning(ProductRow.id)
    ).scalar_one_or_none()
    stored = scope.db.execute(
        select(
            ProductRow.id,
            ProductRow.version,
            ProductRow.category_id,
            ProductRow.brand,
            ProductRow.title,
            ProductRow.summary,
            ProductRow.description,
            ProductRow.tax_category,
            ProductRow.attributes,
            ProductRow.options,
            ProductRow.keywords,
            ProductRow.status,
            ProductRow.archived_at,
        )
        .where(ProductRow.source == product.source, ProductRow.external_id == product.external_id)
        .with_for_update()
    ).one()
    return stored, made is not None


def _status(scope: Scope, status: ProductStatus) -> dict[str, Any]:
    return {"status": status, "archived_at": scope.now() if status == "archived" else None}


def _category(scope: Scope, product: ProductInput) -> str | None:
    if product.category_path:
        return ensure_path(scope, product.category_path)
    if product.category_code is None:
        return None
    found = scope.db.execute(
        select(CategoryRow.id).where(CategoryRow.code == product.category_code)
    ).scalar_one_or_none()
    if found is None:
        raise CategoryUnknown(category=product.category_code, field="category")
    return found


def _move(scope: Scope, product_id: str, status: ProductStatus) -> None:
    before = scope.db.execute(
        select(ProductRow.status).where(ProductRow.id == product_id).with_for_update()
    ).scalar_one_or_none()
    if before is None:
        raise ProductNotFound(id=product_id)
    if before == status:
        return
    scope.db.execute(
        update(ProductRow)
        .where(ProductRow.id == product_id)
        .values(**_status(scope, status), version=ProductRow.version + 1)
    )
    verb = "archive" if status == "archived" else "publish"
    record_change(
        scope, noun="product", noun_id=product_id, verb=verb, before={"status": before}, after={"status": status}
    )
    announce(scope, ProductChanged(product_id, "archived" if status == "archived" else "published"))
