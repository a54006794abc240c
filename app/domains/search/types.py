"""What a shopper asks and what is answered. All texts are in the scope's language, with the storefront's fallbacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from app.domains.media.types import Picture

Sort = Literal["relevance", "newest", "price", "-price"]
SuggestionKind = Literal["term", "product", "category"]


@dataclass(frozen=True, slots=True)
class Card:
    """A product as it stands in a list. `price_minor` is the lowest of its prices, `compare_at_minor` what that one
    was before; `promotion` names what has reduced it. `is_available`: at least one piece of one variant can be
    bought."""

    product_id: str
    slug: str
    title: str
    brand: str
    price_minor: int
    has_price_range: bool
    compare_at_minor: int | None
    currency: str
    is_available: bool
    picture: Picture | None
    picture_alt: str
    category_code: str | None
    promotion: str = ""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """`count`: how many products would be found with this value and all filters of the other facets."""

    value: str
    label: str
    count: int
    is_selected: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """`code` and `value` are what `SearchRequest.filters` takes; both are the same in all languages."""

    code: str
    label: str
    values: tuple[FacetValue, ...]


@dataclass(frozen=True, slots=True)
class PriceBounds:
    """The lowest and the highest price that the price filter can be set to with all other filters as they are."""

    lowest_minor: int
    highest_minor: int


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What is asked. Every field may come straight from an address: too much of it is cut, nothing is refused.

    :param text: empty: everything, as on the page of a category.
    :param category_code: this category and all below it.
    :param filters: facet code → values; one of the values of each facet must fit.
    :param price_from_minor: in minor units; the lowest price of a product must lie within both bounds, inclusive.
    :param sort: `relevance` without a text is what can be bought first, newest first.
    :param page: from 1; one beyond the last is the last.
    """

    text: str = ""
    category_code: str | None = None
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    price_from_minor: int | None = None
    price_to_minor: int | None = None
    only_available: bool = False
    sort: Sort = "relevance"
    page: int = 1
    per_page: int = 24


@dataclass(frozen=True, slots=True)
class SearchPage:
    """`did_you_mean`: nothing was found, but this text finds something. `price_bounds`: None where nothing is."""

    cards: tuple[Card, ...]
    total: int
    page: int
    page_count: int
    facets: tuple[Facet, ...]
    price_bounds: PriceBounds | None
    did_you_mean: str | None


@dataclass(frozen=True, slots=True)
class CategoryView:
    """A category's page. `alternates` is language → address, for each language of the storefront; `product_count`
    counts what is listed in it and below it. As a part of a product's page it has no picture."""

    code: str
    slug: str
    name: str
    description: str
    picture: Picture | None
    product_count: int
    alternates: Mapping[str, str]
    parent_code: str | None = None


@dataclass(frozen=True, slots=True)
class OptionView:
    """What is chosen between: `values` is (code, label), in order, of those that a variant has."""

    code: str
    label: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class VariantView:
    """What is put into the cart: the best offer of a variant. `option_values` is option code → value code;
    `available` is the number of pieces that can be bought now."""

    variant_id: str
    offer_id: str
    sku: str
    option_values: Mapping[str, str]
    price_minor: int
    compare_at_minor: int | None
    currency: str
    available: int
    promotion: str = ""


@dataclass(frozen=True, slots=True)
class PictureView:
    picture: Picture
    alt: str


@dataclass(frozen=True, slots=True)
class ProductPage:
    """A product's page. `variants` are those with a price, in order: none means that it cannot be bought.

    `attributes` is (label, value); `alternates` is language → address, for each language of the storefront.
    """

    product_id: str
    slug: str
    title: str
    summary: str
    description: str
    brand: str
    category: CategoryView | None
    attributes: tuple[tuple[str, str], ...]
    options: tuple[OptionView, ...]
    variants: tuple[VariantView, ...]
    pictures: tuple[PictureView, ...]
    alternates: Mapping[str, str]
    seller_name: str
    seller_id: str
    tax_category: str = "standard"


@dataclass(frozen=True, slots=True)
class MovedTo:
    """The page has another address in this language: lead on with 301."""

    slug: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`slug` leads to a product or a category; a term is searched for."""

    text: str
    kind: SuggestionKind
    slug: str | None = None
