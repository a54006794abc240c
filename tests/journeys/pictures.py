"""The pictures of the README, made from a running demo: `python -m tests.journeys.pictures`."""

from __future__ import annotations

import re
import sys
import time
import urllib.request
from pathlib import Path

import pyvips
from playwright.sync_api import Browser, Page, sync_playwright

from tests.journeys.running import ARGUMENTS, CHROMIUM, ROOT, Demo, running_demo

CONSOLE = "console-orders"
HOUSES = ("khwan", "yal", "chowk", "koma")
FOLDER = ROOT / "docs" / "pictures"
WIDE = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 780}
PICTURES_LIMIT_S = 600
CAPITAL = "กรุงเทพ"
"""The province that the postal code belongs to."""


def main(wanted: list[str]) -> None:
    """Start a demo, wait until its pictures are rendered, and take the README's pictures (or those named)."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with running_demo() as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        if wanted != [CONSOLE]:
            _wait_for_pictures(demo)
            for slug in HOUSES:
                _take(browser, f"{slug}-home", WIDE, demo.url(slug))
            _take(browser, "yal-product-phone", PHONE, _first_product(demo, "yal"))
        if not wanted or CONSOLE in wanted:
            _take_console(browser, demo)
        browser.close()


def _text(address: str) -> str:
    host = address.split("/")[2]
    local = address.replace(host, f"127.0.0.1:{host.rpartition(':')[2]}", 1)
    with urllib.request.urlopen(urllib.request.Request(local, headers={"Host": host}), timeout=30) as answer:
        return str(answer.read().decode())


def _first_product(demo: Demo, slug: str) -> str:
    found = re.search(r'href="(/p/[^"?#]+)"', _text(demo.url(slug)))
    if found is None:
        raise LookupError("no product on the home page")
    return demo.url(slug, found[1])


def _wait_for_pictures(demo: Demo) -> None:
    """Each picture on the home pages has its renditions."""
    end = time.monotonic() + PICTURES_LIMIT_S
    while time.monotonic() < end:
        pages = [_text(demo.url(slug)) + _text(demo.url(slug, "/search")) for slug in HOUSES]
        if all(page.count("<picture") >= page.count('<article class="card"') for page in pages):
            return
        time.sleep(2)
    raise TimeoutError("the pictures are not rendered")


def _take(browser: Browser, name: str, size: dict[str, int], address: str) -> None:
    context = browser.new_context(viewport=size, device_scale_factor=1.5)
    page = context.new_page()
    page.goto(address, wait_until="networkidle")
    _save(page, name)
    context.close()


def _take_console(browser: Browser, demo: Demo) -> None:
    """Orders as the partner's staff sees them, after a few were placed."""
    context = browser.new_context(viewport=WIDE, device_scale_factor=1.5)
    page = context.new_page()
    for _ in range(3):
        _order(page, demo)
    page.goto(demo.url("khwan.console", "/en/sign-in"))
    page.fill("[name=email]", "owner@khwan.example")
    page.fill("[name=password]", demo.password)
    page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")
    page.goto(demo.url("khwan.console", "/en/orders"), wait_until="networkidle")
    _save(page, CONSOLE)
    context.close()


def _order(page: Page, demo: Demo) -> None:
    page.goto(demo.url("khwan", "/en/search"))
    page.locator("article.card:not(:has(.badge--sold-out)) .card__link").nth(2).click()
    page.wait_for_load_state("networkidle")
    page.locator("[data-add]").click()
    page.wait_for_url(re.compile("/cart"))
    page.goto(demo.url("khwan", "/en/checkout"))
    values = {
        "email": "somying@example.com",
        "phone": "0812345678",
        "name": "Somying Jaidee",
        "street_address": "99/1 Sukhumvit Road",
        "city": "Khlong Toei",
        "postal_code": "10110",
    }
    for name, value in values.items():
        page.fill(f"[name={name}]", value)
    areas = page.locator("select[name=country_area] option")
    values_of = areas.evaluate_all("all => all.map(one => one.value)")
    page.locator("select[name=country_area]").select_option(next(value for value in values_of if CAPITAL in value))
    page.locator("[name=gateway][value=cod]").check()
    page.locator("[data-order]").click()
    page.wait_for_url(re.compile("/orders/"))


def _save(page: Page, name: str) -> None:
    picture = pyvips.Image.new_from_buffer(page.screenshot(), "")
    picture.webpsave(str(Path(FOLDER, f"{name}.webp")), Q=82, effort=4)


if __name__ == "__main__":
    main(sys.argv[1:])
