"""The race really is one: all requests are inside the server together."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest

from .race import Request, race, race_calls

N = 16


class Meeting(http.server.BaseHTTPRequestHandler):
    """Answers only when N requests are inside at once; else 503 after a second."""

    protocol_version = "HTTP/1.1"
    barrier = threading.Barrier(N)

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path == "/hang-up":
            self.close_connection = True
            return
        try:
            self.barrier.wait(2)
            status = 200
        except threading.BrokenBarrierError:
            status = 503
        text = b"%s %s %s" % (self.command.encode(), self.headers["host"].encode(), body)
        self.send_response(status)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = answer

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def port() -> Iterator[int]:
    Meeting.barrier.reset()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Meeting)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_all_requests_meet_inside_the_server(port: int) -> None:
    answers = race([Request("POST", "/", {"Host": "a.test"}, b"%d" % n) for n in range(N)], "127.0.0.1", port)
    assert [answer.status for answer in answers] == [200] * N
    assert [answer.body for answer in answers] == [b"POST a.test %d" % n for n in range(N)]


def test_requests_without_body_and_ready_made_bytes_race_too(port: int) -> None:
    requests = [Request("GET", "/"), *[b"GET / HTTP/1.1\r\nhost: b.test\r\n\r\n"] * (N - 1)]
    answers = race(requests, "127.0.0.1", port)
    assert [answer.status for answer in answers] == [200] * N
    assert answers[0].body == f"GET 127.0.0.1:{port} ".encode()


def test_nothing_is_complete_before_the_last_byte(port: int) -> None:
    """One short of the meeting: had the requests not waited for each other they could not have met either."""
    assert {answer.status for answer in race([Request("GET", "/")] * (N - 1), "127.0.0.1", port)} == {503}


def test_a_lost_reply_is_status_0_and_has_a_reason(port: int) -> None:
    (answer,) = race([Request("POST", "/hang-up", {}, b"x")], "127.0.0.1", port)
    assert answer.status == 0
    assert "RemoteDisconnected" in answer.error


def test_calls_start_together_and_keep_their_order() -> None:
    inside = threading.Barrier(8)

    def call(number: int) -> int:
        inside.wait(5)
        if number == 3:
            raise KeyError(number)
        return number * 10

    outcomes = race_calls(8, call)
    assert [outcome.value for outcome in outcomes] == [0, 10, 20, None, 40, 50, 60, 70]
    assert isinstance(outcomes[3].error, KeyError)


def test_a_deadlock_is_reported_and_does_not_hang_the_run() -> None:
    with pytest.raises(TimeoutError, match="1 of 2"):
        race_calls(2, lambda number: threading.Event().wait(number * 5), timeout_s=0.2)
