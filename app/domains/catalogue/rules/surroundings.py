"""What stands around a batch of products, and what follows of it for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domains.catalogue.rules.documents import changed, variant_columns
from app.domains.catalogue.rules.slugs import numbered, slugify
from app.domains.catalogue.types import ProductInput


@dataclass(slots=True)
class Surroundings:
    """Rows that the batch names, locked where they may be changed.

    :ivar variants: by SKU; also those of stored products that the batch no longer names.
    :ivar taken: (language, address) that other pages have or had, also those that this batch has taken.
    """

    products: dict[tuple[str, str], Any] = field(default_factory=dict)
    categories: dict[str, str] = field(default_factory=dict)
    variants: dict[str, Any] = field(default_factory=dict)
    skus: dict[str, set[str]] = field(default_factory=dict)
    offers: dict[str, Any] = field(default_factory=dict)
    slugs: dict[str, dict[str, str]] = field(default_factory=dict)
    taken: set[tuple[str, str]] = field(default_factory=set)
    crowded: set[tuple[str, str]] = field(default_factory=set)
    pictures: dict[str, list[tuple[str, Mapping[str, str]]]] = field(default_factory=dict)
    assets: set[str] = field(default_factory=set)

    def category(self, product: ProductInput) -> tuple[bool, str | None]:
        """(is it clear, the id): a category that does not exist, or whose path is to be made, is not."""
        code = product.category_path[-1].code if product.category_path else product.category_code
        if code is None:
            return True, None
        return code in self.categories, self.categories.get(code)

    def has_sku_of_another(self, product: ProductInput) -> bool:
        return any(variant.sku in self.variants for variant in product.variants)

    def has_pictures(self, product: ProductInput) -> bool:
        """Is each asset that it names one of ours?"""
        return all(
            picture.asset_id is None or picture.asset_id in self.assets for picture in product.pictures or ()
        )

    def stands(self, product: ProductInput, product_id: str, titles: Mapping[str, str]) -> bool:
        """Are addresses, variants, offers and pictures those that it shall have?"""
        slugs = self.slugs.get(product_id, {})
        if any(locale not in slugs for locale in titles) or any(
            slugs.get(locale) != slug for locale, slug in product.slug.items()
        ):
            return False
        if self.skus.get(product_id, set()) != {variant.sku for variant in product.variants}:
            return False
        for position, variant in enumerate(product.variants):
            row = self.variants[variant.sku]
            if row.archived_at is not None or row.id not in self.offers:
                return False
            if changed(row._asdict(), variant_columns(variant, position)):
                return False
        return self._shows(product, product_id)

    def offers_of(self, product: ProductInput) -> dict[str, str]:
        return {variant.sku: self.offers[self.variants[variant.sku].id].id for variant in product.variants}

    def free_slugs(self, product: ProductInput, titles: Mapping[str, str]) -> dict[str, str] | None:
        """Addresses for a new product, taken from now on; None where one that it wants is not free."""
        found = {}
        for locale in product.slug.keys() | titles.keys():
            wanted = product.slug.get(locale)
            if wanted is None:
                wanted = slugify(titles[locale]) or slugify(product.external_id) or "p"
                stem = wanted
                number = 1
                while (locale, wanted) in self.taken:
                    number += 1
                    wanted = numbered(stem, number)
                if number > 1 and (locale, stem) in self.crowded:
                    return None
            elif (locale, wanted) in self.taken:
                return None
            found[locale] = wanted
        self.taken |= set(found.items())
        return found

    def _shows(self, product: ProductInput, product_id: str) -> bool:
        if not speaks_of_pictures(product):
            return True
        wanted: dict[str, Mapping[str, str]] = {}
        for picture in product.pictures or ():
            if picture.asset_id is not None:
                wanted.setdefault(
                    picture.asset_id, {locale: text for locale, text in picture.alt.items() if text}
                )
        return self.pictures.get(product_id, []) == list(wanted.items())


def speaks_of_pictures(product: ProductInput) -> bool:
    """Pictures of which not one is stored (addresses that nobody fetched) leave what is shown as it is."""
    pictures = product.pictures
    return pictures is not None and (not pictures or any(picture.asset_id for picture in pictures))
