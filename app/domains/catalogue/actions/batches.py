"""Many products at once: the same outcome as `save_product` one after another, in a fixed number of statements.

What is new is inserted, what stands unchanged is seen to be so, and where only columns of the product itself differ
they are updated: set-based, however many. A product that needs more (other variants, another address, a name that is
taken) goes the long way alone, in a savepoint, so that one that is refused takes no other down.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.catalogue.actions.products import save_product
from app.domains.catalogue.errors import BatchDisturbed, ProductNotValid
from app.domains.catalogue.events import ProductsImported
from app.domains.catalogue.models import OfferRow, ProductPictureRow, ProductRow, SlugRow, VariantRow
from app.domains.catalogue.queries.batches import read_surroundings
from app.domains.catalogue.rules.checks import faults
from app.domains.catalogue.rules.documents import changed, product_columns, variant_columns
from app.domains.catalogue.rules.surroundings import Surroundings
from app.domains.catalogue.types import ProductInput, ProductSaved, VariantInput
from app.domains.sellers import queries as sellers
from app.kit import ids
from app.kit.errors import Problem
from app.kit.events import announce
from app.kit.scope import Scope, action

Saved = ProductSaved | Problem


@action("catalogue.edit")
def save_products(scope: Scope, products: Sequence[ProductInput], *, are_checked: bool = False) -> list[Saved]:
    """Save products of the tenant's own seller; for each, in order, what became of it: saved, or why not.

    Nobody is told: the caller announces what was made or changed, all at once (`ProductsImported`). Only what goes
    the long way announces itself.

    :param are_checked: they come from `iter_products`, which has looked for faults already.

    Raises `BatchDisturbed`.
    """
    results: list[Saved | None] = [None] * len(products)
    if not are_checked:
        for number, product in enumerate(products):
            found = next(faults(product), None)
            if found is not None:
                results[number] = ProductNotValid(field=found.field, reason=str(found))
    seller_id = sellers.get_own_seller(scope).id
    open_ = [number for number, result in enumerate(results) if result is None]
    around = read_surroundings(scope, [products[number] for number in open_], seller_id)
    fresh: list[tuple[int, str, str | None]] = []
    edited: list[tuple[str, dict[str, Any]]] = []
    alone: list[int] = []
    used = _Used()
    for number in open_:
        product = products[number]
        is_known, category_id = around.category(product)
        if not is_known or not used.take(product):
            alone.append(number)
            continue
        stored = around.products.get((product.source, product.external_id))
        if stored is None:
            if around.has_sku_of_another(product) or not around.has_pictures(product):
                alone.append(number)
            else:
                fresh.append((number, ids.new("prd"), category_id))
            continue
        wanted = {**product_columns(product), "category_id": category_id}
        if stored.status != product.status or not around.stands(product, stored.id, wanted["title"]):
            alone.append(number)
            continue
        offers = around.offers_of(product)
        differing = changed(stored._asdict(), wanted)
        if differing:
            edited.append((stored.id, wanted))
        results[number] = ProductSaved(stored.id, "changed" if differing else "unchanged", offers)
    alone += _insert(scope, products, fresh, seller_id, around, results)
    _update(scope, edited)
    for number in sorted(alone):
        results[number] = _alone(scope, products[number])
    return [result for result in results if result is not None]


class _Used:
    """Names that stand in the batch already: the second of one name goes the long way, after the first."""

    def __init__(self) -> None:
        self.names: set[tuple[str, str]] = set()

    def take(self, product: ProductInput) -> bool:
        wanted = {(product.source, product.external_id), *(("", variant.sku) for variant in product.variants)}
        is_free = not (wanted & self.names)
        self.names |= wanted
        return is_free


def _alone(scope: Scope, product: ProductInput) -> Saved:
    try:
        with scope.db.begin_nested():
            return save_product(scope, product)
    except Problem as problem:
        if problem.status >= 500:
            raise
        return problem


def _insert(
    scope: Scope,
    products: Sequence[ProductInput],
    fresh: list[tuple[int, str, str | None]],
    seller_id: str,
    around: Surroundings,
    results: list[Saved | None],
) -> list[int]:
    """Write the new ones; returns those whose address is not free after all."""
    rows: dict[str, list[dict[str, Any]]] = {"product": [], "slug": [], "variant": [], "offer": [], "picture": []}
    left = []
    for number, product_id, category_id in fresh:
        product = products[number]
        columns = product_columns(product)
        slugs = around.free_slugs(product, columns["title"])
        if slugs is None:
            left.append(number)
            continue
        rows["product"].append(
            {
                "id": product_id,
                "source": product.source,
                "external_id": product.external_id,
                **columns,
                "category_id": category_id,
                "status": product.status,
                "archived_at": scope.now() if product.status == "archived" else None,
            }
        )
        rows["slug"] += [
            {"kind": "product", "locale": locale, "slug": slug, "product_id": product_id, "is_current": True}
            for locale, slug in sorted(slugs.items())
        ]
        offers = _variants(product.variants, product_id, seller_id, rows)
        rows["picture"] += _pictures(product, product_id)
        results[number] = ProductSaved(product_id, "created", offers)
    if rows["product"]:
        made = upsert(ProductRow.__table__).on_conflict_do_nothing().returning(ProductRow.id)
        _all(scope, made, rows["product"])
        _all(scope, upsert(SlugRow.__table__).on_conflict_do_nothing().returning(SlugRow.slug), rows["slug"])
        _all(scope, upsert(VariantRow.__table__).on_conflict_do_nothing().returning(VariantRow.id), rows["variant"])
        scope.db.execute(insert(OfferRow.__table__).returning(OfferRow.id), rows["offer"])
    if rows["picture"]:
        scope.db.execute(insert(ProductPictureRow.__table__).returning(ProductPictureRow.position), rows["picture"])
    return left


def _variants(
    variants: Sequence[VariantInput], product_id: str, seller_id: str, rows: dict[str, list[dict[str, Any]]]
) -> dict[str, str]:
    offers = {}
    for position, variant in enumerate(variants):
        variant_id, offer_id = ids.new("var"), ids.new("off")
        rows["variant"].append({"id": variant_id, "product_id": product_id, **variant_columns(variant, position)})
        rows["offer"].append(
            {"id": offer_id, "variant_id": variant_id, "seller_id": seller_id, "status": "active"}
        )
        offers[variant.sku] = offer_id
    return offers


def _pictures(product: ProductInput, product_id: str) -> list[dict[str, Any]]:
    shown: dict[str, dict[str, str]] = {}
    for picture in product.pictures or ():
        if picture.asset_id is not None:
            shown.setdefault(picture.asset_id, {locale: text for locale, text in picture.alt.items() if text})
    return [
        {"product_id": product_id, "position": position, "asset_id": asset_id, "alt": alt}
        for position, (asset_id, alt) in enumerate(shown.items())
    ]


def _all(scope: Scope, statement: Any, rows: list[dict[str, Any]]) -> None:
    """Insert all rows or none: one that is missing was made by somebody else in this moment."""
    if len(scope.db.execute(statement, rows).all()) != len(rows):
        raise BatchDisturbed()


def _update(scope: Scope, edited: list[tuple[str, dict[str, Any]]]) -> None:
    if not edited:
        return
    names = list(edited[0][1])
    statement = (
        update(ProductRow.__table__)
        .where(ProductRow.id == bindparam("at"))
        .values({**{name: bindparam(f"to_{name}") for name in names}, "version": ProductRow.version + 1})
    )
    rows = [{"at": product_id, **{f"to_{name}": wanted[name] for name in names}} for product_id, wanted in edited]
    scope.db.connection().execute(statement, rows)




@action("import.run")
def announce_import(scope: Scope, run_id: str, product_ids: Sequence[str]) -> None:
    """Tell all at once of what a batch made or changed: products, what they cost, whether they can be had."""
    if product_ids:
        announce(scope, ProductsImported(run_id, list(product_ids)))
