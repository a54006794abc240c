"""What search engines ask for: every page in every language, and where they are not wanted."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from flask import Blueprint, Response

from app.domains.catalogue import queries as catalogue
from app.faces.storefront import presentation
from app.kit.web import unit

blueprint = Blueprint("discovery", __name__)

LARGEST = 5000
"""Addresses in one file. The protocol (sitemaps.org) allows 50,000; one statement stays quick with this many."""
CLOSED = ("/cart", "/checkout", "/orders/", "/search")
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
)


@blueprint.get("/robots.txt")
def show_robots() -> Response:
    prefixes = ["", *(f"/{locale}" for locale in presentation.storefront().locales[1:])]
    rows = ["User-agent: *", *(f"Disallow: {prefix}{path}" for prefix in prefixes for path in CLOSED)]
    rows += ["", f"Sitemap: {presentation.storefront().origin}/sitemap.xml", ""]
    return Response("\n".join(rows), content_type="text/plain; charset=utf-8")


@blueprint.get("/sitemap.xml")
def show_sitemap() -> Response:
    answer = Response("".join(_sitemap()), content_type="application/xml; charset=utf-8")
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer


def _sitemap() -> Iterator[str]:
    yield _HEAD
    locales = presentation.storefront().locales
    yield from _entries({locale: presentation.address(locale, "home.show") for locale in locales})
    for code in presentation.section("pages"):
        page = code.replace("_", "-")
        yield from _entries({one: presentation.address(one, "home.show_page", page=page) for one in locales})
    for endpoint, slugs in _catalogue():
        known = {locale: slug for locale, slug in slugs.items() if locale in locales}
        yield from _entries({one: presentation.address(one, endpoint, slug=slug) for one, slug in known.items()})
    yield "</urlset>\n"


def _catalogue() -> Iterator[tuple[str, dict[str, str]]]:
    for category in catalogue.list_categories(unit()):
        yield "listings.show_category", dict(category.slug)
    for product in catalogue.list_products(unit(), catalogue.list_product_ids(unit(), limit=LARGEST)).values():
        yield "products.show", dict(product.slug)


def _entries(paths: dict[str, str]) -> Iterator[str]:
    """One page: an entry for each of its languages, each naming all of them."""
    origin = presentation.storefront().origin
    links = "".join(
        f'<xhtml:link rel="alternate" hreflang="{locale}" href="{escape(origin + path)}"/>'
        for locale, path in paths.items()
    )
    for path in paths.values():
        yield f"<url><loc>{escape(origin + path)}</loc>{links}</url>\n"
