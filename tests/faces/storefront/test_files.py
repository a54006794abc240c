"""Pictures, the theme, and the notice of a storefront that is closed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import update

from app.domains.tenancy.models import TenantRow
from app.faces.storefront.theme import accepted
from app.kit.storage import key, open_storage
from tests.faces.storefront.conftest import TOKENS, House, Visitor

ESCAPES = [
    "red; } body { display: none",
    "#fff",
    "#12345g",
    "url(//evil.example/x)",
    "#123456; background: url(x)",
    "expression(alert(1))",
    "</style><script>",
    "#123456\n}",
    "\\23 fff",
]
FONT_ESCAPES = ['"A"; } * { color: red', "A, url(x)", '"A\\"', "A}", '"unclosed', "A /* x */", "</style>", "A\n}"]


@pytest.mark.parametrize("value", ESCAPES)
def test_no_colour_can_end_its_declaration(value: str) -> None:
    assert accepted({"accent": value}) == {}


@pytest.mark.parametrize("value", FONT_ESCAPES)
def test_no_font_can_end_its_declaration(value: str) -> None:
    assert accepted({"font_body": value}) == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("font_body", '"Noto Sans Thai", "Sarabun", Tahoma, system-ui, sans-serif'),
        ("font_display", "'Noto Naskh Arabic', Georgia, serif"),
        ("radius", "0px"),
        ("radius", "10.5px"),
        ("density", "1"),
        ("density", "1.1"),
        ("density", "0.85"),
        ("density", "1.2"),
        ("accent", "#2A3D70"),
    ],
)
def test_what_a_theme_may_say_is_kept(name: str, value: str) -> None:
    assert accepted({name: value}) == {name: value}


@pytest.mark.parametrize(
    ("name", "value"),
    [("radius", "60px"), ("radius", "-1px"), ("radius", "10vw"), ("density", "0.5"), ("density", "1.3"), ("size", "1")],
)
def test_what_no_theme_may_say_is_left_out(name: str, value: str) -> None:
    assert accepted({name: value}) == {}


def test_the_theme_is_a_stylesheet_that_is_kept_for_ever(thai: Visitor) -> None:
    found = re.search(r'href="(/theme-[0-9a-f]{12}\.css)"', thai.get("/").text)
    assert found is not None
    theme = thai.get(found[1])
    assert theme.content_type == "text/css; charset=utf-8"
    assert f"--accent: {TOKENS['accent']};" in theme.text
    assert "immutable" in theme.headers["Cache-Control"]
    other = thai.get("/theme-000000000000.css")
    assert other.text == theme.text
    assert other.headers["Cache-Control"] == "no-store"


def test_the_policy_allows_nothing_inline(thai: Visitor) -> None:
    page = thai.get("/en/p/scarf")
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)", page.text)
    assert " style=" not in page.text


def test_a_picture_is_served_to_its_tenant_only(thai: Visitor, kuwaiti: Visitor) -> None:
    digest = "ab" + "0" * 62
    path = f"pictures/ab/{digest}/320.webp"
    open_storage(thai.scope.settings).put(key(thai.scope, *path.split("/")), b"picture", "image/webp")
    shown = thai.get(f"/media/{path}")
    assert (shown.status_code, shown.data, shown.content_type) == (200, b"picture", "image/webp")
    assert "immutable" in shown.headers["Cache-Control"]
    assert kuwaiti.get(f"/media/{path}").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "pictures/ab/none.webp",
        "originals/ab/x.svg",
        "../settings.toml",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e/x",
        "pictures/../originals/x",
    ],
)
def test_no_other_file_is_served(thai: Visitor, path: str) -> None:
    assert thai.get(f"/media/{path}").status_code == 404


def test_a_closed_storefront_says_so_and_still_looks_like_itself(open_house: Callable[[str], House]) -> None:
    house = open_house("th")
    with house.application.root.transaction() as unit:
        unit.db.execute(update(TenantRow).where(TenantRow.id == house.scope.tenant_id).values(status="suspended"))
    visitor = house.visit()
    page = visitor.get("/en/")
    assert page.status_code == 503
    assert "This storefront is closed for the moment" in page.text
    theme = re.search(r'href="(/theme-[0-9a-f]{12}\.css)"', page.text)
    assert theme is not None
    assert visitor.get(theme[1]).status_code == 200
    assert visitor.add_scarf().status_code == 503
    assert visitor.count("orders_carts") == 0
