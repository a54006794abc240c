"""Every page of both faces, in the pseudo-locale: nothing untranslated, nothing cut."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from app.domains.provisioning.schemas import DESIGN
from app.kit.i18n import pseudo
from tests.words.reading import data, texts_of, unsaid
from tests.words.window import WIDTHS, Window, open_window
from tests.words.world import World

IS_LONG = bool(os.environ.get("SERAI_LONG"))
NO_PAGES = {
    "serve_asset": "a file of the release",
    "files.show_picture": "a picture",
    "files.show_theme": "a stylesheet",
    "files.show_favicon": "a picture",
    "profile.show_totp_picture": "a picture",
    "exports.download": "a file of rows",
    "coupons.export": "a file of rows",
    "imports.download_problems": "a file of rows",
    "callbacks_payments.receive": "spoken by a provider",
    "wishes.list_items": "ids, as JSON",
    "entrance.ask_passkey": "what a device signs, as JSON",
    "security.begin_passkey": "what a device signs, as JSON",
    "discovery.show_robots": "for robots",
    "discovery.show_sitemap": "for robots",
    "listings.suggest": "what shoppers look for and what is sold, as JSON",
}
"""Views that answer with no page, each with what it answers instead."""


@pytest.fixture(scope="module")
def window(world: World) -> Iterator[Window]:
    with open_window(world) as opened:
        yield opened


def test_every_view_was_seen(world: World) -> None:
    """Who adds a view adds its page to the walk; one that only leads on has been followed there."""
    seen = {(page.face, page.endpoint) for page in world.pages.values()} | world.followed
    missing = {
        (face, rule.endpoint)
        for face, app in world.application.faces.items()
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in NO_PAGES
    } - seen
    assert missing == set(), "open it in tests/words/walk.py, or say in NO_PAGES what it answers"


def test_no_page_holds_a_text_that_nobody_translated(world: World) -> None:
    known = world.known()
    wrong = [
        (page.name, kind, text[:160], words)
        for page in world.pages.values()
        for kind, text in texts_of(page.markup)
        if (words := unsaid(text, known))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ("<p>Welcome back</p>", ["Welcome", "back"]),
        ('<button aria-label="Close">×</button>', ["Close"]),
        (f"<p>{pseudo('The order is %(status)s.') % {'status': 'placed'}}</p>", ["placed"]),
        (f"<p>{pseudo('Paid by %(way)s') % {'way': pseudo('Card')}}</p>", []),
        (f"<p>{pseudo('Sold by %(name)s') % {'name': data('Khwan')}}</p>", []),
        ("<script>const welcome = 'Welcome';</script>", []),
    ],
)
def test_a_planted_text_is_found(planted: str, found: list[str]) -> None:
    assert [word for _, text in texts_of(f"<main>{planted}</main>") for word in unsaid(text, ())] == found


def test_in_a_browser_no_text_is_cut(world: World, window: Window) -> None:
    wrong = []
    for page in world.pages.values():
        window.show(page)
        wrong += [(page.name, width, *one) for width in WIDTHS for one in window.cut(width)]
    assert wrong == []


def test_in_a_browser_no_text_is_cut_in_any_look_of_a_house(world: World, window: Window) -> None:
    """What a brand chooses beside its colours: each header, card and heading; on more pages in the nightly size."""
    looks = [(choice, value) for choice in ("header", "card", "heading") for value in DESIGN[choice]]
    set_look = "([name, value]) => { document.documentElement.dataset[name] = value; }"
    wrong = []
    for name in ("front page", "category", "product, reduced", "cart", "checkout") if IS_LONG else ("front page",):
        window.show(world.pages[name])
        for look in looks:
            window.page.evaluate(set_look, list(look))
            wrong += [(name, *look, width, *one) for width in WIDTHS for one in window.cut(width)]
    assert wrong == []


def test_in_a_browser_a_planted_text_is_seen_to_be_cut(world: World, window: Window) -> None:
    """Each in a way of its own; a text for ears only, and one in a box that scrolls, are none."""
    window.show(world.pages["cart, empty"])
    assert window.cut(WIDTHS[0]) == []
    plant = """([style, text]) => {
      const box = document.createElement("p");
      Object.assign(box.style, style);
      box.textContent = text;
      document.querySelector("main").append(box);
    }"""
    narrow = {"width": "80px", "whiteSpace": "nowrap"}
    words = "Planted words that are long"
    for style, what in (
        (narrow | {"overflow": "hidden"}, "cut"),
        (narrow, "runs out of its box"),
        ({"width": "80px", "height": "1em", "overflow": "hidden"}, "cut below"),
        ({"position": "relative", "left": "-50px"}, "off the page"),
        (narrow | {"overflowX": "auto"}, ""),
        ({"width": "1px", "height": "1px", "overflow": "hidden"}, ""),
    ):
        window.show(world.pages["cart, empty"])
        window.page.evaluate(plant, [style, words])
        found = [(kind, text) for kind, _, text in window.cut(360)]
        assert found == ([(what, words)] if what else []), style
