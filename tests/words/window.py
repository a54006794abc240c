"""A real browser that is given the kept pages; what they ask for besides comes from the application, in process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, Route, sync_playwright
from werkzeug.test import Client

from tests.journeys.running import ARGUMENTS, CHROMIUM
from tests.words.world import Shown, World

CUT = (Path(__file__).parent / "cut.js").read_text(encoding="utf-8")
WIDTHS = (1280, 360)
Found = list[tuple[str, str, str]]


class Window:
    """A browser's window on the world's hosts; nothing leaves this process."""

    def __init__(self, world: World, page: Page) -> None:
        self._world, self.page = world, page
        self._shown: Shown | None = None
        self._files: dict[str, tuple[int, dict[str, str], bytes]] = {}
        page.route("**/*", self._answer)

    def show(self, shown: Shown, width: int = WIDTHS[0]) -> None:
        """Lay the page out, with every fold open."""
        self._shown = shown
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.goto(f"http://{self._world.host(shown.face)}{shown.path}", wait_until="load")
        self.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")

    def cut(self, width: int) -> Found:
        """What is cut at a width: (what, where, the text)."""
        self.page.set_viewport_size({"width": width, "height": 900})
        return [tuple(one) for one in self.page.evaluate(CUT)]

    def _answer(self, route: Route) -> None:
        parts = urlsplit(route.request.url)
        if route.request.is_navigation_request() and self._shown is not None:
            shown = self._shown
            # The status is left out: Chromium would show a page of its own for some.
            route.fulfill(status=200, headers=dict(shown.headers), body=shown.markup)
            return
        if route.request.url not in self._files:
            client = Client(self._world.application)
            answer = client.get(f"{parts.path}?{parts.query}", base_url=f"http://{parts.hostname}")
            self._files[route.request.url] = (answer.status_code, dict(answer.headers), answer.data)
        status, headers, body = self._files[route.request.url]
        route.fulfill(status=status, headers=headers, body=body)


@contextmanager
def open_window(world: World) -> Iterator[Window]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield Window(world, browser.new_page())
        browser.close()
