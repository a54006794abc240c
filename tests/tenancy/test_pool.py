"""Nothing of a tenant stays on a pooled connection, however its transaction ended."""

from __future__ import annotations

import contextlib
import itertools
import random
import threading
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from app.domains.inventory.actions import ensure_location
from app.kit.cluster import connect_owner
from app.kit.db import PLATFORM, Database, TenantSession, WrongTenant, is_in_transaction
from app.kit.errors import TransactionOpen
from app.kit.scope import Scope
from app.kit.settings import Settings
from tests.factories.tenancy import make_tenant
from tests.harness.race import race_calls
from tests.tenancy.conftest import Pair
from tests.tenancy.sessions import IS_LONG, canary

SEEN = text("SELECT current_user, current_schema, session_user, (SELECT array_agg(code) FROM inventory_locations)")
BARE = "SELECT current_user, current_setting('search_path'), current_setting('statement_timeout')"
TURNS = 20_000 if IS_LONG else 1_000


class Wanted(Exception):
    """Raised by a test in the middle of a unit of work."""


@pytest.fixture(scope="module")
def three(pair: Pair, standing_root: Scope) -> list[Scope]:
    third = make_tenant(standing_root, "th")
    with third.transaction() as unit:
        ensure_location(unit, canary(unit))
    return [*pair, third]


@pytest.fixture
def narrow(settings: Settings) -> Iterator[Database]:
    """A database whose pool holds one connection."""
    made = Database(settings.with_values(pool_size=1, pool_max_uses=10**6))
    yield made
    made.dispose()


def look(database: Database, scope: Scope) -> tuple[str, str, list[str]]:
    with database.transaction(scope.tenant_id) as session:
        found = session.execute(SEEN).one()
    return found.current_user, found.current_schema, found.array_agg


def own(scope: Scope) -> tuple[str, str, list[str]]:
    return scope.tenant_id, scope.tenant_id, [canary(scope)]


def backend(database: Database) -> int:
    with database.transaction(PLATFORM) as session:
        return int(session.execute(text("SELECT pg_backend_pid()")).scalar_one())


def bare_state(database: Database) -> tuple[str, ...]:
    """What a pooled connection is when no transaction of ours is open on it."""
    raw = database.engine.raw_connection()
    try:
        driver = raw.driver_connection
        assert driver is not None
        driver.rollback()
        found = driver.execute(BARE).fetchone()
        driver.rollback()
        return found
    finally:
        raw.close()


def test_one_connection_serves_three_tenants_by_turns(narrow: Database, three: list[Scope]) -> None:
    drawn = random.Random(20261122)
    first = backend(narrow)
    for turn in range(TURNS):
        scope = drawn.choice(three)
        if turn % 10 == 3:
            with contextlib.suppress(Wanted), narrow.transaction(scope.tenant_id) as session:
                session.execute(text("INSERT INTO inventory_locations (id, code) VALUES (gen_random_uuid(), 'left')"))
                raise Wanted
        elif turn % 20 == 7:
            with contextlib.suppress(DBAPIError), narrow.transaction(scope.tenant_id) as session:
                session.execute(text("SELECT 1/0"))
        assert look(narrow, scope) == own(scope)
    assert backend(narrow) == first
    assert bare_state(narrow)[0] == narrow.settings.app_login


def test_eight_threads_share_two_connections(settings: Settings, three: list[Scope]) -> None:
    database = Database(settings.with_values(pool_size=1))  # and one more on demand
    try:

        def work(number: int) -> list[bool]:
            drawn = random.Random(number)
            turns = (drawn.choice(three) for _ in range(TURNS // 8))
            return [look(database, scope) == own(scope) for scope in turns]

        outcomes = race_calls(8, work)
    finally:
        database.dispose()
    assert [outcome.error for outcome in outcomes] == [None] * 8
    assert all(all(outcome.value or [False]) for outcome in outcomes)


def test_a_statement_that_takes_too_long_leaves_nothing_behind(settings: Settings, pair: Pair) -> None:
    database = Database(settings.with_values(pool_size=1, statement_timeout_ms=150))
    try:
        with pytest.raises(OperationalError, match="statement timeout"), database.transaction(pair[0].plane) as session:
            session.execute(text("SELECT pg_sleep(5)"))
        assert look(database, pair[1]) == own(pair[1])
    finally:
        database.dispose()


def test_a_connection_that_the_server_has_ended_is_replaced(narrow: Database, pair: Pair) -> None:
    with pytest.raises(OperationalError), narrow.transaction(pair[0].plane) as session:
        pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with connect_owner(narrow.settings) as owner:
            owner.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        session.execute(SEEN)
    assert look(narrow, pair[1]) == own(pair[1])
    assert backend(narrow) != pid


def test_a_server_that_goes_away_between_two_transactions_is_noticed_at_the_next(narrow: Database, pair: Pair) -> None:
    pid = backend(narrow)
    with connect_owner(narrow.settings) as owner:
        owner.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    assert look(narrow, pair[0]) == own(pair[0])


def test_a_tenant_stands_through_a_savepoint_and_its_rollback(narrow: Database, pair: Pair) -> None:
    with narrow.transaction(pair[0].plane) as session:
        with contextlib.suppress(Wanted), session.begin_nested():
            assert session.execute(SEEN).one().current_user == pair[0].tenant_id
            raise Wanted
        assert session.execute(SEEN).one().current_schema == pair[0].tenant_id
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(text("SELECT 1/0"))
        assert session.execute(SEEN).one().current_user == pair[0].tenant_id
    assert bare_state(narrow) == (narrow.settings.app_login, '"$user", public', "0")


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_a_session_opens_its_next_transaction_for_the_same_tenant(narrow: Database, pair: Pair, end: str) -> None:
    session = TenantSession(narrow.engine, pair[0].plane, 5000)
    for _ in range(3):
        assert session.execute(SEEN).one().current_user == pair[0].tenant_id
        getattr(session, end)()
        assert bare_state(narrow) == (narrow.settings.app_login, '"$user", public', "0")
    session.close()


def test_a_session_s_own_statement_cannot_move_it_for_good(narrow: Database, pair: Pair) -> None:
    """Even a SET without LOCAL, which the gates refuse, ends at the next BEGIN of ours."""
    with narrow.transaction(pair[0].plane) as session:
        session.execute(text("SELECT set_config('search_path', 'public', false)"))
    assert look(narrow, pair[1]) == own(pair[1])


def test_a_thread_has_its_own_transaction_and_its_own_tenant(pair: Pair) -> None:
    first, second = pair
    seen: list[object] = []
    with first.transaction() as unit:

        def elsewhere() -> None:
            seen.append(is_in_transaction())
            with second.transaction() as other:
                seen.append(other.db.execute(SEEN).one().current_user)

        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join(30)
        assert unit.db.execute(SEEN).one().current_user == first.tenant_id
    assert seen == [False, second.tenant_id]


def test_the_tenant_of_an_open_session_cannot_be_changed(pair: Pair) -> None:
    first, second = pair
    with first.transaction() as unit:
        with pytest.raises(TransactionOpen):
            unit.with_values(tenant=second.tenant)
        with pytest.raises(TransactionOpen), second.transaction():
            pass
        assert unit.db.execute(SEEN).one().current_user == first.tenant_id
        with pytest.raises(AttributeError):
            unit.db.plane = second.tenant_id


def test_a_tenant_that_does_not_exist_fails_closed(narrow: Database, pair: Pair) -> None:
    missing = "t_" + "0" * 26
    with pytest.raises(WrongTenant) as refused, narrow.transaction(missing) as session:
        session.execute(SEEN)
    assert f'role "{missing}" does not exist' in refused.value.facts["reason"]
    assert look(narrow, pair[0]) == own(pair[0])


def test_a_connection_in_a_foreign_transaction_is_refused(narrow: Database, pair: Pair) -> None:
    raw = narrow.engine.raw_connection()
    driver = raw.driver_connection
    assert driver is not None
    with contextlib.suppress(psycopg.Error):
        driver.execute("SELECT 1/0")
    raw.dbapi_connection = None  # hand it back as it is: in a failed transaction
    with narrow.engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    raw.close()
    assert look(narrow, pair[0]) == own(pair[0])


@pytest.mark.parametrize(
    ("limit", "value", "kept"), [("pool_max_uses", 3, 3), ("pool_max_tenants", 2, 2), ("pool_max_age_s", 0, 1)]
)
def test_a_connection_is_retired_by_uses_tenants_and_age(
    settings: Settings, three: list[Scope], limit: str, value: int, kept: int
) -> None:
    database = Database(settings.with_values(pool_size=1, **{limit: value}))
    seen = []
    try:
        for scope in itertools.islice(itertools.cycle(three), 12):
            with database.transaction(scope.plane) as session:
                seen.append(session.execute(text("SELECT pg_backend_pid()")).scalar_one())
            if limit == "pool_max_age_s":
                threading.Event().wait(0.01)
    finally:
        database.dispose()
    runs = [len(list(group)) for _, group in itertools.groupby(seen)]
    assert runs == [kept] * (12 // kept)


def test_a_read_only_transaction_cannot_write(pair: Pair) -> None:
    with pytest.raises(DBAPIError, match="read-only"), pair[0].transaction(read_only=True) as unit:
        ensure_location(unit, "another")
    with pair[0].transaction(read_only=True) as unit:
        assert unit.db.execute(text("SHOW transaction_isolation")).scalar_one() == "repeatable read"
