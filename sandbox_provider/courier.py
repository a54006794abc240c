"""The courier: brings webhooks to the merchant, at least once, with growing gaps, in no promised order.

Signed by the Standard Webhooks specification: headers webhook-id, webhook-timestamp, webhook-signature.
"""

from __future__ import annotations

import http.client
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from urllib.parse import urlsplit

from standardwebhooks import Webhook

from .refunds import settle_due_refunds
from .store import Store, now_ms

log = logging.getLogger(__name__)
FIRST_GAP_MS = 500
LONGEST_GAP_MS = 3_600_000
GIVE_UP_MS = 72 * 3_600_000
TIMEOUT_S = 10
IDLE_S = 0.5


def gap_ms(tries: int) -> int:
    """Gap after the n-th failed try: 0.5 s, 1 s, 2 s … at most an hour."""
    return min(FIRST_GAP_MS * 2 ** min(tries - 1, 20), LONGEST_GAP_MS)


def connect(url: str) -> tuple[http.client.HTTPConnection, str]:
    """A connection and the path to ask. Names under localhost are this machine (RFC 6761), also where the
    system's resolver does not know them."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    address = "127.0.0.1" if host == "localhost" or host.endswith(".localhost") else host
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return kind(address, parts.port, timeout=TIMEOUT_S), path


class Courier(threading.Thread):
    """A thread that looks for due deliveries; a few threads under it, so that one slow merchant holds up no other."""

    def __init__(self, store: Store, secret: str) -> None:
        super().__init__(name="courier", daemon=True)
        self._store = store
        self._webhook = Webhook(secret)
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._busy: set[int] = set()
        self._busy_lock = threading.Lock()
        self._pool = ThreadPoolExecutor(8, thread_name_prefix="delivery")

    def signed(self, event_id: str, body: str) -> dict[str, str]:
        """The headers of a delivery made now."""
        now = datetime.now(UTC)
        return {
            "content-type": "application/json; charset=utf-8",
            "user-agent": "sandbox-provider/1",
            "webhook-id": event_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(event_id, now, body),
        }

    def wake(self) -> None:
        """Look for due deliveries at once."""
        self._wake.set()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                wait_s = self._round()
            except Exception:
                log.exception("the courier stumbled and goes on")
                wait_s = IDLE_S
            self._wake.wait(wait_s)
            self._wake.clear()

    def _round(self) -> float:
        """Hand out what is due; returns the seconds until the next look."""
        with self._store.unit() as db:
            settle_due_refunds(db)
            with self._busy_lock:
                busy = len(self._busy)
            rows = db.execute(
                "SELECT number FROM deliveries WHERE due_ms <= ? ORDER BY due_ms, number LIMIT ?",
                (now_ms(), busy + 64),
            ).fetchall()
            coming = db.execute("SELECT min(due_ms) AS n FROM deliveries WHERE due_ms > ?", (now_ms(),)).fetchone()
        for row in rows:
            if self._claim(row["number"]) and not self._stopping.is_set():
                self._pool.submit(self._deliver_claimed, row["number"])
        if coming["n"] is None:
            return IDLE_S
        return max(0.001, min(IDLE_S, (coming["n"] - now_ms()) / 1000))

    def _claim(self, number: int) -> bool:
        with self._busy_lock:
            if number in self._busy:
                return False
            self._busy.add(number)
            return True

    def deliver_now(self, event_ids: list[str]) -> None:
        """Deliver the open deliveries of these events in line; a failed one is left to the courier."""
        with self._store.unit() as db:
            numbers = [
                row["number"]
                for event_id in event_ids
                for row in db.execute(
                    "SELECT number FROM deliveries WHERE event_id = ? AND due_ms IS NOT NULL", (event_id,)
                )
            ]
        for number in numbers:
            if self._claim(number):
                self._deliver_claimed(number)

    def _deliver_claimed(self, number: int) -> None:
        try:
            self._deliver(number)
        except Exception:
            log.exception("delivery %s stumbled and is tried again", number)
        finally:
            with self._busy_lock:
                self._busy.discard(number)
            self.wake()

    def _deliver(self, number: int) -> None:
        with self._store.unit() as db:
            row = db.execute(
                "SELECT d.event_id, d.tries, d.created_ms, e.url, e.body, e.payment_id, e.sequence FROM deliveries d"
                " JOIN events e ON e.id = d.event_id WHERE d.number = ? AND d.due_ms IS NOT NULL",
                (number,),
            ).fetchone()
        if row is None:
            return
        status, result = self._post(row["url"], row["event_id"], row["body"])
        tries, now = row["tries"] + 1, now_ms()
        has_arrived = 200 <= status < 300
        gives_up = not has_arrived and now - row["created_ms"] > GIVE_UP_MS
        due_ms = None if has_arrived or gives_up else now + gap_ms(tries)
        with self._store.unit() as db:
            db.execute(
                "UPDATE deliveries SET tries = ?, due_ms = ?, delivered_ms = ?, last_result = ?, is_held = 0"
                " WHERE number = ?",
                (tries, due_ms, now if has_arrived else None, result, number),
            )
            if has_arrived:
                db.execute(
                    "UPDATE deliveries SET due_ms = ?, is_held = 0 WHERE is_held = 1 AND due_ms IS NOT NULL"
                    " AND event_id IN (SELECT id FROM events WHERE payment_id = ? AND sequence < ?)",
                    (now, row["payment_id"], row["sequence"]),
                )

    def _post(self, url: str, event_id: str, body: str) -> tuple[int, str]:
        """Status of the answer, or 0 where there was none, and a line for the control page. Follows no redirect."""
        connection, path = connect(url)
        try:
            headers = {**self.signed(event_id, body), "host": urlsplit(url).netloc.rpartition("@")[2]}
            connection.request("POST", path, body.encode(), headers)
            response = connection.getresponse()
            response.read(65_536)
            return response.status, str(response.status)
        except (OSError, http.client.HTTPException) as error:
            return 0, type(error).__name__
        finally:
            connection.close()
