"""Addresses of products and categories, and where former ones lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, ScalarSelect, func, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.domains.catalogue.models import SlugRow
from app.kit.i18n import text
from app.kit.scope import Scope, query

Target = Literal["product", "category"]


@dataclass(frozen=True, slots=True)
class Address:
    """What an address means: the page itself, or another address (`moved_to`). None of both: nothing any more."""

    is_page: bool
    moved_to: str | None


@query("catalogue.browse")
def slugs_of(scope: Scope, kind: Target, target_id: InstrumentedAttribute | ColumnElement) -> ScalarSelect:
    """A column: language → current address, as jsonb."""
    slug = aliased(SlugRow)
    column = slug.product_id if kind == "product" else slug.category_id
    return (
        select(func.coalesce(func.jsonb_object_agg(slug.locale, slug.slug), func.jsonb_build_object()))
        .where(column == target_id, slug.is_current)
        .correlate_except(slug)
        .scalar_subquery()
    )


@query("catalogue.browse")
def read_address(scope: Scope, slug: str, locale: str, *, is_current: bool, current: Mapping[str, str]) -> Address:
    """The same answer as `catalogue.queries.find_page`, without asking the database again.

    A language without an address of its own shows its page under the one of another.

    :param locale: of the address that was found, and `is_current`; `current` are all current ones of its target.
    """
    own = current.get(scope.locale)
    if own is None and not is_current:
        own = current.get(locale)
        return Address(False, own) if own != slug else Address(True, None)
    if own is None or own == slug:
        return Address(True, None)
    return Address(False, own)


@query("catalogue.browse")
def alternates(scope: Scope, current: Mapping[str, str]) -> dict[str, str]:
    """For each language of the storefront the address there."""
    locales = scope.storefront.locales if scope.storefront else (scope.locale,)
    return {locale: text(current, locale, locales) for locale in locales}


@query("catalogue.browse")
def translate(scope: Scope, words: Mapping[str, str]) -> str:
    """A text in the scope's language, else in the storefront's, in their order."""
    return text(words, scope.locale, scope.storefront.locales if scope.storefront else ())
