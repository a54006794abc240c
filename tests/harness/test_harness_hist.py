"""The history finds what was promised and is not there, and the reverse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .hist import Entry, History
from .race import race_calls


def exists(entry: Entry) -> bool:
    return bool(entry.facts["exists"])


def test_outcomes_are_ok_fail_or_unknown() -> None:
    history = History()
    with history.call("place", exists=True) as call:
        call.ok("ord_1")
    with history.call("place", exists=False) as call:
        call.fail(409)
    with pytest.raises(ConnectionError), history.call("pay", exists=True):
        raise ConnectionError("reset")
    with history.call("pay", exists=True):
        pass
    assert [entry.result for entry in history.of("ok")] == ["ord_1"]
    assert [entry.result for entry in history.of("fail", "place")] == [409]
    assert [entry.result for entry in history.of("unknown", "pay")] == ["ConnectionError: reset", None]
    assert history.of("unknown", "place") == []
    assert history.contradictions(exists) == []


@pytest.mark.parametrize(("outcome", "there", "word"), [("ok", False, "missing"), ("fail", True, "left an effect")])
def test_a_broken_promise_is_named(outcome: str, there: bool, word: str) -> None:
    history = History()
    with history.call("place", exists=there) as call:
        {"ok": call.ok, "fail": call.fail}[outcome]()
    (line,) = history.contradictions(exists)
    assert word in line


def test_an_unknown_must_be_the_same_for_all_witnesses() -> None:
    history = History()
    with history.call("pay", exists=True):
        pass
    assert history.contradictions(exists, exists) == []
    (line,) = history.contradictions(exists, lambda entry: False)
    assert "one witness only" in line


def test_many_threads_write_one_history(tmp_path: Path) -> None:
    history = History()

    def work(number: int) -> None:
        for _ in range(50):
            with history.call("add", worker=number) as call:
                call.ok()

    race_calls(8, work)
    assert sorted(entry.number for entry in history.entries) == list(range(1, 401))
    history.write(tmp_path / "history.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "history.jsonl").read_text().splitlines()]
    assert [line["outcome"] for line in lines] == ["ok"] * 400
