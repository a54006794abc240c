"""The catalogue as a file, read page by page and written piece by piece. Each page is a short transaction: what is
changed meanwhile is in the file as it was before or as it is after, product by product."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

from app.domains.catalogue import queries as catalogue
from app.domains.catalogue.types import (
    Category,
    CategoryStep,
    ExportFormat,
    PictureInput,
    Product,
    ProductInput,
    VariantInput,
)
from app.domains.inventory.queries import list_levels
from app.domains.inventory.queries.levels import Level
from app.domains.media.queries import list_pictures
from app.domains.media.types import Picture
from app.domains.pricing.queries import list_prices
from app.domains.pricing.types import Price
from app.domains.provisioning.types import ExportReport
from app.kit.money import Money
from app.kit.scope import Scope, flow

PAGE = 100
Watch = Callable[[int, int], None]


def _silent(done: int, total: int) -> None:
    """Nobody watches."""


@flow("catalogue.export")
def export_catalogue(
    scope: Scope, to: BinaryIO, format: ExportFormat, *, source: str = "", locale: str = "", watch: Watch = _silent
) -> ExportReport:
    """Write the products of the scope's tenant; archived ones are left out.

    :param source: only those that this source names; empty: all.
    :param locale: the language of formats that have one; else the storefront's first.

    What the format cannot carry is counted, product by product, by reading back what was written.
    """
    title = scope.tenant.slug if scope.tenant else ""
    language = locale or (scope.storefront.locales[0] if scope.storefront else scope.locale)
    writer = catalogue.open_writer(scope, format, language, title)
    for piece in writer.write(_products(scope, source, watch)):
        to.write(piece.encode("utf-8", "replace"))
    return ExportReport(writer.written, dict(writer.lost))


@flow("catalogue.export")
def export_to_file(
    scope: Scope, path: Path, format: ExportFormat, *, source: str = "", locale: str = "", watch: Watch = _silent
) -> ExportReport:
    """The same into a file, which is there whole or not at all."""
    partial = path.with_name(f".{path.name}.part")
    try:
        with partial.open("wb") as to:
            report = export_catalogue(scope, to, format, source=source, locale=locale, watch=watch)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return report


def _products(scope: Scope, source: str, watch: Watch) -> Iterator[ProductInput]:
    with scope.transaction(read_only=True) as unit:
        total = catalogue.count_exported(unit, source)
        categories = {found.id: found for found in catalogue.list_categories(unit, with_inactive=True)}
    watch(0, total)
    after, done = None, 0
    while True:
        with scope.transaction(read_only=True) as unit:
            page = catalogue.list_exported_ids(unit, source, after, PAGE)
            products = _read(unit, page, categories)
        if not page:
            return
        yield from products
        after, done = page[-1], done + len(page)
        watch(done, max(done, total))


def _read(unit: Scope, page: list[str], categories: Mapping[str, Category]) -> list[ProductInput]:
    """Products whole, with their prices and stock, in nine statements however many."""
    found = catalogue.list_products(unit, page)
    offers = [offer.id for product in found.values() for variant in product.variants for offer in variant.offers]
    prices, levels = list_prices(unit, offers), list_levels(unit, offers)
    pictures = list_pictures(unit, {picture.asset_id for product in found.values() for picture in product.pictures})
    products = []
    for product_id in page:
        product = found[product_id]
        variants = tuple(_variant(product, number, prices, levels) for number in range(len(product.variants)))
        products.append(
            replace(
                product.as_input(),
                variants=variants,
                category_path=_path(categories, product.category_id),
                pictures=_pictures(unit, product, pictures),
            )
        )
    return products


def _variant(
    product: Product, number: int, prices: Mapping[str, Price], levels: Mapping[str, Level]
) -> VariantInput:
    """With the price and the stock of its first offer: files have one of each."""
    variant = product.as_input().variants[number]
    offer = next((offer.id for offer in product.variants[number].offers), "")
    price, level = prices.get(offer), levels.get(offer)
    former = price.compare_at_minor if price is not None else None
    return replace(
        variant,
        price=_major(price.amount_minor, price.currency) if price is not None else None,
        compare_at=_major(former, price.currency) if former is not None else None,
        stock=level.on_hand if level is not None else None,
    )


def _major(amount_minor: int, currency: str) -> Decimal:
    return Money(amount_minor, currency).decimal


def _path(categories: Mapping[str, Category], category_id: str | None) -> tuple[CategoryStep, ...]:
    """From the root down; the catalogue allows no circle."""
    found: list[CategoryStep] = []
    while category_id is not None and category_id in categories:
        category = categories[category_id]
        found.append(CategoryStep(category.code, category.name))
        category_id = category.parent_id
    return tuple(reversed(found))


def _pictures(unit: Scope, product: Product, pictures: Mapping[str, Picture]) -> tuple[PictureInput, ...] | None:
    """By the address of their largest rendition that everybody can show."""
    origin = unit.storefront.origin if unit.storefront else ""
    found = []
    for shown in product.pictures:
        picture = pictures.get(shown.asset_id)
        plain = [one for one in (picture.renditions if picture else ()) if one.format in ("jpeg", "png")]
        if plain:
            largest = max(plain, key=lambda one: one.width)
            found.append(PictureInput(url=f"{origin}/media/{largest.path}", alt=shown.alt))
    return tuple(found) or None
