"""HTTP to the outside: short time limits, no redirects, no environment proxies, and errors that say what is known.

A reply that was lost is `OutcomeUnknown`: the other side may have acted, and the call may only be repeated with
the same idempotency key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

from app.kit.db import refuse_open_transaction
from app.kit.errors import NotReady
from app.kit.settings import Settings


class OutcomeUnknown(NotReady):
    code = "kit.outcome_unknown"
    text = "The other side did not answer; whether it has acted is being checked."


class NotReached(NotReady):
    code = "kit.not_reached"
    text = "The other side cannot be reached."


class Client:
    """A client of one service. Never used with a transaction open."""

    def __init__(self, settings: Settings, base_url: str, headers: Mapping[str, str]) -> None:
        self._base = base_url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update(headers)
        self._timeout = (settings.gateway_connect_timeout_s, settings.gateway_read_timeout_s)

    def call(
        self, method: str, path: str, *, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON object of the answer.

        Raises `NotReached` (nothing was sent), `OutcomeUnknown` (sent; no answer, a 5xx, or not JSON).
        """
        refuse_open_transaction(f"{method} {path}")
        try:
            answer = self._session.request(
                method,
                self._base + path,
                json=body,
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,
            )
        except (requests.exceptions.ConnectTimeout, requests.exceptions.InvalidURL) as error:
            raise NotReached(reason=str(error)) from error
        except requests.exceptions.ConnectionError as error:
            if "NewConnectionError" in repr(error) or "Connection refused" in repr(error):
                raise NotReached(reason=str(error)) from error
            raise OutcomeUnknown(reason=str(error)) from error
        except requests.exceptions.RequestException as error:
            raise OutcomeUnknown(reason=str(error)) from error
        if answer.status_code >= 500:
            raise OutcomeUnknown(reason=f"answered {answer.status_code}")
        try:
            document = answer.json()
        except ValueError:
            raise OutcomeUnknown(reason="answered something that is not JSON") from None
        return answer.status_code, document if isinstance(document, dict) else {"items": document}
