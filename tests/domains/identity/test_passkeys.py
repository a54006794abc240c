"""Passkeys: a device signs a challenge of this storefront, which is answered once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text

from app.domains.identity import flows, queries
from app.domains.identity.actions.passkeys import remove_passkey
from app.domains.identity.errors import PasskeyNotFound, PasskeyRefused, SignInAgain
from app.domains.identity.rules.shoppers import CHALLENGE_LIFETIME, FRESH_FOR
from app.domains.identity.types import Site
from app.kit import ids
from app.kit.clock import FixedClock
from app.kit.scope import Scope
from tests.factories.shoppers import HERE, Authenticator, as_shopper, make_shopper, recognised

SITE = Site("khwan.localhost", "http://khwan.localhost:8000")
OTHER = Site("evil.localhost", "http://evil.localhost:8000")


def register(scope: Scope, token: str, device: Authenticator) -> None:
    mine, session = as_shopper(scope, token), recognised(scope, token)
    options = flows.begin_passkey(mine, SITE, "Khwan", session)
    flows.keep_passkey(mine, SITE, device.create(options), HERE, session)


def count(scope: Scope, table: str) -> int:
    with scope.as_system().transaction() as unit:
        return unit.db.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()


@pytest.fixture
def token(scope: Scope) -> str:
    return make_shopper(scope).token


@pytest.fixture
def device(scope: Scope, token: str) -> Authenticator:
    made = Authenticator(SITE)
    register(scope, token, made)
    return made


def test_a_passkey_signs_in(scope: Scope, token: str, device: Authenticator) -> None:
    signed_in = flows.sign_in_by_passkey(scope, SITE, device.get(flows.ask_passkey(scope, SITE, HERE)), HERE)
    assert signed_in.shopper_id == recognised(scope, token).shopper_id
    with as_shopper(scope, token).transaction() as unit:
        (kept,) = queries.list_passkeys(unit)
    assert (kept.label, kept.last_used_at) == ("Firefox, Linux", scope.now())


def test_a_challenge_is_answered_once(scope: Scope, device: Authenticator) -> None:
    answer = device.get(flows.ask_passkey(scope, SITE, HERE))
    flows.sign_in_by_passkey(scope, SITE, answer, HERE)
    before = count(scope, "identity_shopper_sessions")
    with pytest.raises(PasskeyRefused):
        flows.sign_in_by_passkey(scope, SITE, answer, HERE)
    assert count(scope, "identity_shopper_sessions") == before


@pytest.mark.parametrize("fault", ["site", "origin", "not verified", "other key", "unknown", "late", "nonsense"])
def test_what_is_not_signed_for_this_site_is_refused(
    scope: Scope, clock: FixedClock, device: Authenticator, fault: str
) -> None:
    before = count(scope, "identity_shopper_sessions")
    options = flows.ask_passkey(scope, SITE, HERE)
    wrong = {
        "site": lambda: Authenticator(OTHER, credential_id=device.credential_id, key=device.key).get(options),
        "origin": lambda: device.get(options, origin=OTHER.origin),
        "not verified": lambda: device.get(options, flags=0x01),
        "other key": lambda: Authenticator(SITE, credential_id=device.credential_id).get(options),
        "unknown": lambda: Authenticator(SITE).get(options),
        "late": lambda: device.get(options),
        "nonsense": lambda: '{"rawId": 1, "response": {"clientDataJSON": "e30"}}',
    }
    answer = wrong[fault]()
    if fault == "late":
        clock.at += CHALLENGE_LIFETIME
    with pytest.raises(PasskeyRefused):
        flows.sign_in_by_passkey(scope, SITE, answer, HERE)
    assert count(scope, "identity_shopper_sessions") == before


def test_a_count_that_falls_is_a_copy_s(scope: Scope, token: str) -> None:
    device = Authenticator(SITE, count=5)
    register(scope, token, device)
    device.count = 6
    assert flows.sign_in_by_passkey(scope, SITE, device.get(flows.ask_passkey(scope, SITE, HERE)), HERE)
    copy = Authenticator(SITE, count=6, credential_id=device.credential_id, key=device.key)
    with pytest.raises(PasskeyRefused):
        flows.sign_in_by_passkey(scope, SITE, copy.get(flows.ask_passkey(scope, SITE, HERE)), HERE)


def test_a_challenge_of_one_is_not_another_s(scope: Scope, token: str) -> None:
    """AUT-11: who registers is the session's shopper, never what the answer says."""
    other = make_shopper(scope).token
    mine, theirs = as_shopper(scope, token), as_shopper(scope, other)
    options = flows.begin_passkey(mine, SITE, "Khwan", recognised(scope, token))
    with pytest.raises(PasskeyRefused):
        flows.keep_passkey(theirs, SITE, Authenticator(SITE).create(options), HERE, recognised(scope, other))
    with pytest.raises(PasskeyRefused):
        flows.sign_in_by_passkey(scope, SITE, Authenticator(SITE).get(options), HERE)
    assert count(scope, "identity_passkeys") == 0


def test_a_credential_belongs_to_one(scope: Scope, device: Authenticator) -> None:
    other = make_shopper(scope).token
    with pytest.raises(PasskeyRefused):
        register(scope, other, device)
    assert count(scope, "identity_passkeys") == 1


def test_a_passkey_is_added_only_shortly_after_a_sign_in(scope: Scope, clock: FixedClock, token: str) -> None:
    clock.at += FRESH_FOR
    with pytest.raises(SignInAgain):
        flows.begin_passkey(as_shopper(scope, token), SITE, "Khwan", recognised(scope, token))
    assert count(scope, "identity_passkey_challenges") == 0


def test_one_removes_one_s_own(scope: Scope, token: str, device: Authenticator) -> None:
    other, mine = as_shopper(scope, make_shopper(scope).token), as_shopper(scope, token)
    with mine.transaction() as unit:
        (kept,) = queries.list_passkeys(unit)
    with other.transaction() as unit:
        for foreign in (kept.id, ids.new("psk"), "x"):
            with pytest.raises(PasskeyNotFound):
                remove_passkey(unit, foreign)
        assert queries.list_passkeys(unit) == []
    with mine.transaction() as unit:
        remove_passkey(unit, kept.id)
    with pytest.raises(PasskeyRefused):
        flows.sign_in_by_passkey(scope, SITE, device.get(flows.ask_passkey(scope, SITE, HERE)), HERE)


def test_a_passkey_of_one_tenant_is_unknown_at_another(
    scope: Scope, device: Authenticator, new_tenant: Callable[[str], Scope]
) -> None:
    other = new_tenant("th").with_values(actor=scope.actor, permissions=scope.permissions)
    with pytest.raises(PasskeyRefused):
        flows.sign_in_by_passkey(other, SITE, device.get(flows.ask_passkey(scope, SITE, HERE)), HERE)
    with pytest.raises(PasskeyRefused):
        flows.sign_in_by_passkey(other, SITE, device.get(flows.ask_passkey(other, SITE, HERE)), HERE)
