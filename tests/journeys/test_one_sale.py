"""The main job, as its people see it: found in her own script, bought, paid, told by mail, packed and shipped."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.journeys.running import Demo

SERIOUS = ("serious", "critical")


@dataclass(frozen=True, slots=True)
class Shopper:
    slug: str
    prefix: str
    direction: str
    words: str
    address: dict[str, str]
    phone: str
    paid: str


BANGKOK = {
    "name": "สมหญิง ใจดี",
    "street_address": "99/1 ถนนสุขุมวิท",
    "city": "คลองเตย",
    "country_area": "กรุงเทพมหานคร",
    "postal_code": "10110",
}
SALMIYA = {"name": "نورة العلي", "street_address": "قطعة 3، شارع سالم المبارك 12", "city": "السالمية"}
JAIPUR = {
    "name": "अनीता शर्मा",
    "street_address": "12, जौहरी बाज़ार",
    "city": "जयपुर",
    "country_area": "Rajasthan",
    "postal_code": "302003",
}
SHIBUYA = {
    "name": "佐藤 花子",
    "street_address": "神宮前1-2-3",
    "city": "渋谷区",
    "country_area": "東京都",
    "postal_code": "150-0001",
}
SHOPPERS = [
    Shopper("khwan", "", "ltr", "ผ้า", BANGKOK, "0812345678", "ยืนยัน"),
    Shopper("khwan", "/en", "ltr", "tea", BANGKOK, "0812345678", "confirmed"),
    Shopper("yal", "", "rtl", "عود", SALMIYA, "51234567", "تأكيد"),
    Shopper("yal", "/en", "ltr", "oud", SALMIYA, "51234567", "confirmed"),
    Shopper("chowk", "", "ltr", "साड़ी", JAIPUR, "9829012345", "पक्का"),
    Shopper("chowk", "/en", "ltr", "masala", JAIPUR, "9829012345", "confirmed"),
    Shopper("koma", "", "ltr", "包丁", SHIBUYA, "09012345678", "承りました"),
    Shopper("koma", "/en", "ltr", "tea", SHIBUYA, "09012345678", "confirmed"),
]
OF_A_COMMIT = ((0, "wide"), (2, "narrow"), (3, "wide"), (4, "narrow"), (6, "wide"))
"""Each house in its own language, both directions of writing, both windows, and one house in English."""


def is_accessible(page: Page) -> None:
    """axe finds nothing serious, and nothing sticks out sideways."""
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:160]) for one in found if one["impact"] in SERIOUS] == []
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 1, f"the page is {wide} px too wide"


def fill_address(page: Page, shopper: Shopper) -> None:
    page.fill("[name=email]", f"shopper@{shopper.slug}.example")
    page.fill("[name=phone]", shopper.phone)
    for name, value in shopper.address.items():
        control = page.locator(f".checkout [name={name}]")
        if control.count() == 0:
            continue
        if control.evaluate("node => node.tagName") == "SELECT":
            choices = control.locator("option").evaluate_all("all => all.map(one => [one.value, one.textContent])")
            wanted = next((one[0] for one in choices if value in one[0] or value in one[1]), choices[1][0])
            control.select_option(wanted)
        else:
            control.fill(value)


def visits() -> list[tuple[Shopper, str]]:
    """Each house once, and one of them twice; all shoppers in both windows at night."""
    windows = ("wide", "narrow")
    if os.environ.get("SERAI_LONG"):
        return [(shopper, window) for shopper in SHOPPERS for window in windows]
    return [(SHOPPERS[number], window) for number, window in OF_A_COMMIT]


def name_of(value: object) -> str:
    return f"{value.slug}{value.prefix or '/default'}" if isinstance(value, Shopper) else str(value)


@pytest.mark.parametrize(("shopper", "window"), visits(), ids=name_of)
def test_found_bought_paid_told_and_shipped(demo: Demo, page: Page, shopper: Shopper, window: str) -> None:
    page.goto(demo.url(shopper.slug, f"{shopper.prefix}/"))
    expect(page.locator("html")).to_have_attribute("dir", shopper.direction)
    is_accessible(page)
    page.locator("input[name=q]:visible").first.fill(shopper.words)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/search"))
    is_accessible(page)

    page.locator("article.card:not(:has(.badge--sold-out)) .card__link").first.click()
    page.wait_for_url(re.compile("/p/"))
    is_accessible(page)
    for group in page.locator("fieldset.option").all():
        group.locator("label:has(input:not([disabled]))").first.click()
    page.locator("[data-add]").click()
    page.wait_for_url(re.compile("/cart"))
    is_accessible(page)

    page.goto(demo.url(shopper.slug, f"{shopper.prefix}/checkout"))
    is_accessible(page)
    fill_address(page, shopper)
    page.locator("[name=gateway][value=sandbox]").check()
    known = {str(one["Message-ID"]) for one in demo.letters(shopper.slug)}
    page.locator("[data-order]").click()
    page.wait_for_url(re.compile("/pay/"))
    is_accessible(page)
    page.locator("button").first.click()
    page.wait_for_url(re.compile("/orders/"))
    is_accessible(page)
    number = find_number(demo, shopper, known)
    assert number in page.locator("main").inner_text() or to_local(number) in page.locator("main").inner_text()

    ship(demo, page, shopper, number)
    demo.run("audit", "--tenant", shopper.slug)


def find_number(demo: Demo, shopper: Shopper, known: Collection[str]) -> str:
    """The order's number as its mail says it, in the shopper's language; letters that were there before are others."""
    latest = demo.wait_for_letter(shopper.slug, shopper.paid, known)
    assert latest["To"] == f"shopper@{shopper.slug}.example"
    body = latest.get_body(("html",))
    assert body is not None and f'dir="{shopper.direction}"' in body.get_content()
    found = re.search(r"\d{4,}", str(latest["Subject"]))
    assert found is not None, latest["Subject"]
    return found[0]


def to_local(number: str) -> str:
    return number.translate({ord("0") + digit: 0x0660 + digit for digit in range(10)})


def ship(demo: Demo, page: Page, shopper: Shopper, number: str) -> None:
    """The partner's staff packs and ships it."""
    context = page.context.browser.new_context(viewport=page.viewport_size) if page.context.browser else page.context
    desk = context.new_page()
    desk.set_default_timeout(20_000)
    desk.goto(demo.url(f"{shopper.slug}.console", "/sign-in"))
    is_accessible(desk)
    desk.fill("[name=email]", f"owner@{shopper.slug}.example")
    desk.fill("[name=password]", demo.password)
    desk.keyboard.press("Enter")
    desk.wait_for_url(re.compile(r"/(orders)?(\?.*)?$"))
    is_accessible(desk)
    desk.goto(demo.url(f"{shopper.slug}.console", f"/orders?q={number}"))
    desk.locator("a[href*='/orders/ord_']:visible").first.click()
    desk.wait_for_url(re.compile("/orders/ord_"))
    is_accessible(desk)
    desk.locator("form[action$='/packing'] button").first.click()
    desk.wait_for_load_state()
    desk.fill("form[action$='/shipping'] [name=carrier]", "Swift Parcel")
    desk.fill("form[action$='/shipping'] [name=tracking_code]", "SP123456789")
    desk.locator("form[action$='/shipping'] button").first.click()
    desk.wait_for_load_state()
    expect(desk.locator("form[action$='/shipping']")).to_have_count(0)
    if desk.context is not page.context:
        desk.context.close()
