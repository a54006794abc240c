"""An idempotency key: claimed, in flight, answered, replayed, and refused for anything else."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from app.kit.idempotency import KeyInFlight, KeyReused, answer, body_hash, claim
from app.kit.scope import Scope
from tests.harness.race import race_calls

KEY = {"principal": "stf_1", "route": "POST /imports", "key": "k-1"}
BODY = {"file": "a.csv", "rows": 3}


def take(scope: Scope, body: Any = BODY, **changes: str) -> dict[str, Any] | None:
    with scope.transaction() as unit:
        return claim(unit, **{**KEY, **changes}, body=body)


def reply(scope: Scope, body: dict[str, Any]) -> None:
    with scope.transaction() as unit:
        answer(unit, **KEY, body=body)


def test_the_first_claim_is_ours_and_the_answer_is_replayed(system_scope: Scope) -> None:
    assert take(system_scope) is None
    reply(system_scope, {"run": "r-1"})
    assert take(system_scope) == {"run": "r-1"}
    assert take(system_scope, {"rows": 3, "file": "a.csv"}) == {"run": "r-1"}


def test_a_key_in_flight_is_refused(system_scope: Scope) -> None:
    take(system_scope)
    with pytest.raises(KeyInFlight):
        take(system_scope)


@pytest.mark.parametrize("is_answered", [False, True])
def test_another_body_is_refused(system_scope: Scope, is_answered: bool) -> None:
    take(system_scope)
    if is_answered:
        reply(system_scope, {"run": "r-1"})
    with pytest.raises(KeyReused):
        take(system_scope, {"file": "b.csv", "rows": 3})


@pytest.mark.parametrize("change", [{"principal": "stf_2"}, {"route": "POST /prices"}, {"key": "k-2"}])
def test_a_key_is_of_its_principal_and_route(system_scope: Scope, change: dict[str, str]) -> None:
    assert take(system_scope) is None
    assert take(system_scope, {"other": True}, **change) is None


def test_a_key_is_of_its_tenant(system_scope: Scope, other_system_scope: Scope) -> None:
    assert take(system_scope) is None
    reply(system_scope, {"run": "r-1"})
    assert take(other_system_scope) is None


def test_what_is_rolled_back_gives_its_key_free(system_scope: Scope) -> None:
    with pytest.raises(RuntimeError), system_scope.transaction() as unit:
        claim(unit, **KEY, body=BODY)
        raise RuntimeError
    assert take(system_scope) is None


def test_eight_at_once_are_one_claim(system_scope: Scope) -> None:
    outcomes = race_calls(8, lambda number: take(system_scope))
    errors = [type(one.error) for one in outcomes if one.error is not None]
    assert errors == [KeyInFlight] * 7


def test_a_tenant_may_not_be_read_by_its_keys_of_another(system_scope: Scope, other_system_scope: Scope) -> None:
    """The same principal, route and key in two tenants are two rows: no schema is named by the key."""
    take(system_scope)
    take(other_system_scope, {"other": True})
    with pytest.raises(KeyInFlight):
        take(other_system_scope, {"other": True})


def test_a_body_is_hashed_by_its_content() -> None:
    assert body_hash({"a": 1, "b": [1, 2]}) == body_hash({"b": [1, 2], "a": 1})
    assert len({body_hash(one) for one in ({"a": 1}, {"a": "1"}, {"a": [1]}, {"b": 1}, {}, None, "", "ก")}) == 8


def test_a_read_only_unit_claims_nothing(system_scope: Scope) -> None:
    with pytest.raises(DBAPIError, match="read-only"), system_scope.transaction(read_only=True) as unit:
        claim(unit, **KEY, body=BODY)
