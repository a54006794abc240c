"""What is said of a product or a category, by whichever door it comes: console, API, document or file."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

Text = Mapping[str, str]
"""A text per language: BCP 47 tag → text."""

ProductStatus = Literal["draft", "active", "archived"]


@dataclass(frozen=True, slots=True)
class Attribute:
    """A fact of a product: `material` · `{en: Material}` · `{en: Silk}`.

    :param kind: of `AttributeKind`, where the source says it; empty: its definition is derived of the words.
    :param data: the bare value of an integer, decimal or boolean; `value` may be empty then.
    :param unit: what `data` counts: `GHz`.
    """

    code: str
    label: Text
    value: Text = field(default_factory=dict)
    kind: str = ""
    data: int | Decimal | bool | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class OptionValue:
    code: str
    label: Text


@dataclass(frozen=True, slots=True)
class Option:
    """What a shopper chooses between, in the order in which the values are shown."""

    code: str
    label: Text
    values: tuple[OptionValue, ...]


@dataclass(frozen=True, slots=True)
class PictureInput:
    """A picture by one of its names: a file of the tenant's folder, an address that nobody fetches, or an asset
    that is stored. Only one with an `asset_id` is kept with the product; `ProductInput.with_assets` fills it in."""

    file: str | None = None
    url: str | None = None
    asset_id: str | None = None
    alt: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VariantInput:
    """A buyable combination. `options` is option code → value code. `price` and `compare_at` are major units of the
    tenant's currency with no more digits than it has; they and `stock` are plain data here (None: not spoken of),
    which pricing and inventory turn into facts."""

    sku: str
    options: Mapping[str, str] = field(default_factory=dict)
    gtin: str | None = None
    price: Decimal | None = None
    compare_at: Decimal | None = None
    stock: int | None = None
    weight_g: int | None = None


@dataclass(frozen=True, slots=True)
class CategoryStep:
    """One category of a path from the root, made when it does not exist."""

    code: str
    name: Text


@dataclass(frozen=True, slots=True)
class ProductInput:
    """A product as it shall be. `(source, external_id)` names it for ever.

    :param source: who names it: `tenant` (its own documents), `console`, or the name of an import source.
    :param slug: per language; a language with a title and without one here keeps its slug or gets one of the title.
    :param category_code: the category; with `category_path` it is made where it does not exist.
    :param pictures: None: not spoken of, the product keeps its pictures.
    :param line: `last_line`: where it stands in its file; no part of what it says.
    """

    external_id: str
    source: str
    title: Text
    variants: tuple[VariantInput, ...]
    slug: Text = field(default_factory=dict)
    category_code: str | None = None
    category_path: tuple[CategoryStep, ...] = ()
    brand: str = ""
    summary: Text = field(default_factory=dict)
    description: Text = field(default_factory=dict)
    tax_category: str = "standard"
    status: ProductStatus = "active"
    attributes: tuple[Attribute, ...] = ()
    options: tuple[Option, ...] = ()
    pictures: tuple[PictureInput, ...] | None = None
    keywords: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    line: int = field(default=0, compare=False)
    last_line: int = field(default=0, compare=False)

    def picture_files(self) -> tuple[str, ...]:
        """The files to import before this is saved, in order."""
        return tuple(picture.file for picture in self.pictures or () if picture.file)

    def with_assets(self, assets: Mapping[str, str]) -> ProductInput:
        """The same, with the asset of each file that is named here (file → asset id)."""
        if self.pictures is None:
            return self
        known = tuple(
            dataclasses.replace(picture, asset_id=assets[picture.file])
            if picture.file is not None and picture.file in assets
            else picture
            for picture in self.pictures
        )
        return dataclasses.replace(self, pictures=known)


@dataclass(frozen=True, slots=True)
class CategoryInput:
    """A category as it shall be; `code` names it for ever."""

    code: str
    name: Text
    slug: Text = field(default_factory=dict)
    description: Text = field(default_factory=dict)
    parent_code: str | None = None
    picture_id: str | None = None
    position: int = 0
    is_active: bool = True

    def with_picture(self, picture_id: str) -> CategoryInput:
        """The same, with an asset as its picture."""
        return dataclasses.replace(self, picture_id=picture_id)
