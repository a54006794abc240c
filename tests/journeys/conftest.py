"""A real demo in processes of its own, and a real browser. Nothing of the product is replaced."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.journeys.running import ARGUMENTS, CHROMIUM, Demo, running_demo


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """`serai demo` on free ports, ready."""
    with running_demo() as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def page(window: str, browser: Browser) -> Iterator[Page]:
    """A fresh window, wide or like a phone; an error in the page's own scripts fails the test."""
    size = {"width": 1280, "height": 900} if window == "wide" else {"width": 360, "height": 740}
    context = browser.new_context(viewport=size)
    shown = context.new_page()
    shown.set_default_timeout(20_000)
    faults: list[str] = []
    shown.on("pageerror", lambda error: faults.append(str(error)))
    yield shown
    context.close()
    assert faults == []
