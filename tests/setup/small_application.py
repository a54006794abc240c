"""The smallest application that gunicorn's configuration can serve: it tells whether it was told of the fork."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from typing import Any

LOADED_IN = os.getpid()


class SmallApplication:
    def __init__(self) -> None:
        self.told_in: list[int] = []

    def after_fork(self) -> None:
        self.told_in.append(os.getpid())

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        found = {
            "pid": os.getpid(),
            "loaded_in": LOADED_IN,
            "told_in": self.told_in,
            "is_threaded": environ["wsgi.multithread"],
        }
        return [json.dumps(found).encode()]


application = SmallApplication()
