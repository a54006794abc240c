"""The proxy against a real PostgreSQL: it counts, delays, cuts and injects, and otherwise is not noticed."""

from __future__ import annotations

import select
import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors

from .cluster import Cluster
from .pgx import Proxy
from .pgx.messages import is_commit
from .race import race_calls


@pytest.fixture
def proxy(cluster: Cluster) -> Iterator[Proxy]:
    with psycopg.connect(cluster.url, autocommit=True) as direct:
        direct.execute("DROP TABLE IF EXISTS account")
        direct.execute("CREATE TABLE account (id int PRIMARY KEY, minor bigint NOT NULL)")
        direct.execute("INSERT INTO account VALUES (1, 100), (2, 0)")
    with Proxy(cluster.url) as running:
        yield running


def balances(cluster: Cluster) -> list[int]:
    with psycopg.connect(cluster.url) as direct:
        return [minor for (minor,) in direct.execute("SELECT minor FROM account ORDER BY id")]


def move(url: str, minor: int = 30) -> None:
    """Four round trips: BEGIN, two updates, COMMIT."""
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE account SET minor = minor - %s WHERE id = 1", [minor])
        connection.execute("UPDATE account SET minor = minor + %s WHERE id = 2", [minor])


def next_result(raw: psycopg.pq.abc.PGconn) -> psycopg.pq.abc.PGresult | None:
    """Asked for while it is not there, a result is awaited with the interpreter locked, the proxy's threads too."""
    while raw.is_busy():
        select.select([raw.socket], [], [], 1)
        raw.consume_input()
    return raw.get_result()


def test_simple_and_extended_queries_are_one_round_trip_each(proxy: Proxy) -> None:
    with psycopg.connect(proxy.url, autocommit=True) as connection:
        proxy.reset()
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert proxy.round_trips == 1
        assert connection.execute("SELECT %s::int", [2]).fetchone() == (2,)
        assert proxy.round_trips == 2
        assert connection.execute("SELECT %s::int", [3], binary=True, prepare=True).fetchone() == (3,)
        assert connection.execute("SELECT %s::int", [4], binary=True, prepare=True).fetchone() == (4,)
    prepared = [trip.sql for trip in proxy.trips[-2:]]
    assert prepared == ["SELECT $1::int", "SELECT $1::int"]


def test_a_transaction_is_counted_with_its_begin_and_commit(proxy: Proxy) -> None:
    with psycopg.connect(proxy.url):
        proxy.reset()
    move(proxy.url)
    assert [trip.sql.split()[0] for trip in proxy.trips] == ["BEGIN", "UPDATE", "UPDATE", "COMMIT"]
    assert [trip.is_commit for trip in proxy.trips] == [False, False, False, True]


def test_copy_both_ways_passes_and_is_counted(proxy: Proxy) -> None:
    with psycopg.connect(proxy.url, autocommit=True) as connection:
        proxy.reset()
        with connection.cursor().copy("COPY account FROM STDIN") as copy:
            for number in range(3, 60_003):
                copy.write_row((number, number))
        assert proxy.round_trips == 2
        with connection.cursor().copy("COPY (SELECT id FROM account) TO STDOUT") as copy:
            assert sum(1 for _ in copy.rows()) == 60_002
        assert proxy.round_trips == 3
        assert connection.execute("SELECT count(*) FROM account").fetchone() == (60_002,)


def test_simple_protocol_copy_ends_a_round_trip_of_its_own(proxy: Proxy) -> None:
    with psycopg.connect(proxy.url, autocommit=True) as connection:
        proxy.reset()
        raw = connection.pgconn
        raw.exec_(b"COPY account FROM STDIN")
        raw.put_copy_data(b"7\t70\n")
        raw.put_copy_end()
        while raw.flush():
            select.select([], [raw.socket], [], 1)
        assert next_result(raw) is not None
        assert next_result(raw) is None
        assert proxy.round_trips == 2
        assert connection.execute("SELECT minor FROM account WHERE id = 7").fetchone() == (70,)


def test_a_pipeline_passes(proxy: Proxy, cluster: Cluster) -> None:
    with psycopg.connect(proxy.url) as connection:
        with connection.pipeline():
            for _ in range(20):
                connection.execute("UPDATE account SET minor = minor + 1")
        connection.commit()
    assert balances(cluster) == [120, 20]


def test_encryption_is_refused_and_a_socket_folder_is_an_upstream_too(cluster: Cluster, proxy: Proxy) -> None:
    with pytest.raises(psycopg.OperationalError, match="SSL"):
        psycopg.connect(proxy.url, sslmode="require")
    by_socket = f"postgresql://harness:harness-only@/postgres?host={cluster.socket_dir}&port={cluster.port}"
    with Proxy(by_socket) as other, psycopg.connect(other.url) as connection:
        assert connection.execute("SELECT inet_client_addr()").fetchone() == (None,)


def test_a_cancel_request_reaches_the_server(proxy: Proxy) -> None:
    with psycopg.connect(proxy.url) as connection:
        timer = threading.Timer(0.2, connection.cancel_safe)
        timer.start()
        started = time.monotonic()
        with pytest.raises(errors.QueryCanceled):
            connection.execute("SELECT pg_sleep(20)")
        assert time.monotonic() - started < 10
        timer.join()


def test_cut_before_executes_nothing(proxy: Proxy, cluster: Cluster) -> None:
    with psycopg.connect(proxy.url, autocommit=True) as connection:
        proxy.cut_before(1)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("UPDATE account SET minor = 7")
    assert balances(cluster) == [100, 0]
    assert proxy.fired is not None
    assert proxy.fired.sql == "UPDATE account SET minor = 7"


@pytest.mark.parametrize(("prepare", "k"), [(False, 1), (True, 2)])
def test_cut_after_executes_and_loses_the_reply(proxy: Proxy, cluster: Cluster, prepare: bool, k: int) -> None:
    """A client that prepares asks twice: to prepare, then to execute."""
    with psycopg.connect(proxy.url, autocommit=True) as connection:
        proxy.cut_after(k)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("UPDATE account SET minor = %s", [7], prepare=prepare)
    assert balances(cluster) == [7, 7]


def test_cut_at_commit_leaves_nothing_before_and_everything_after(proxy: Proxy, cluster: Cluster) -> None:
    proxy.cut_before_commit()
    with pytest.raises(psycopg.OperationalError):
        move(proxy.url)
    assert balances(cluster) == [100, 0]
    proxy.cut_after_commit()
    with pytest.raises(psycopg.OperationalError):
        move(proxy.url)
    assert balances(cluster) == [70, 30]
    proxy.cut_before_commit(2)
    move(proxy.url)
    with pytest.raises(psycopg.OperationalError):
        move(proxy.url)
    assert balances(cluster) == [40, 60]
    assert proxy.fired is not None
    assert proxy.fired.sql == "COMMIT"


def test_an_extended_commit_is_a_commit(proxy: Proxy, cluster: Cluster) -> None:
    with psycopg.connect(proxy.url, autocommit=True) as connection:
        connection.execute("BEGIN")
        connection.execute("UPDATE account SET minor = 1")
        proxy.cut_before_commit()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("commit", prepare=True)
    assert balances(cluster) == [100, 0]


def test_a_fault_strikes_one_connection_and_once(proxy: Proxy) -> None:
    with psycopg.connect(proxy.url, autocommit=True) as one, psycopg.connect(proxy.url, autocommit=True) as two:
        proxy.cut_before(2)
        assert one.execute("SELECT 1").fetchone() == (1,)
        with pytest.raises(psycopg.OperationalError):
            two.execute("SELECT 2")
        assert one.execute("SELECT 3").fetchone() == (3,)
    with psycopg.connect(proxy.url) as three:
        assert three.execute("SELECT 4").fetchone() == (4,)


def test_an_injected_error_is_the_servers_own_and_aborts_the_transaction(proxy: Proxy, cluster: Cluster) -> None:
    with psycopg.connect(proxy.url) as connection:
        connection.execute("UPDATE account SET minor = 1")
        proxy.inject(1, "40001")
        with pytest.raises(errors.SerializationFailure):
            connection.execute("UPDATE account SET minor = %s", [2])
        with pytest.raises(errors.InFailedSqlTransaction):
            connection.execute("SELECT 1")
        connection.rollback()
        connection.execute("UPDATE account SET minor = minor + 5")
    assert balances(cluster) == [105, 5]


def test_an_error_at_commit_ends_the_transaction(proxy: Proxy, cluster: Cluster) -> None:
    with psycopg.connect(proxy.url) as connection:
        connection.execute("UPDATE account SET minor = 1")
        proxy.inject_at_commit("40001")
        with pytest.raises(errors.SerializationFailure):
            connection.commit()
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        connection.execute("UPDATE account SET minor = minor + 5")
    assert balances(cluster) == [105, 5]


def test_a_shutdown_error_closes_the_connection(proxy: Proxy) -> None:
    with psycopg.connect(proxy.url, autocommit=True) as connection:
        proxy.inject(1, "57P01")
        with pytest.raises(errors.AdminShutdown):
            connection.execute("SELECT 1")
        assert connection.broken


@pytest.mark.parametrize("mode", ["sideways", "error:4000", "error:40001'; DROP"])
def test_an_unknown_fault_is_refused(proxy: Proxy, mode: str) -> None:
    with pytest.raises(ValueError, match="no such fault"):
        proxy.arm(1, mode)


def test_delay_widens_a_race_until_it_shows(proxy: Proxy, cluster: Cluster) -> None:
    """Read, then write what was read plus one: eight at once must lose updates, and with 50 ms they surely do."""

    def increment(number: int) -> None:
        with psycopg.connect(proxy.url, autocommit=True) as connection:
            (minor,) = connection.execute("SELECT minor FROM account WHERE id = 2").fetchone() or (0,)
            connection.execute("UPDATE account SET minor = %s WHERE id = 2", [minor + 1])

    proxy.delay(50)
    started = time.monotonic()
    race_calls(8, increment)
    assert time.monotonic() - started >= 0.1
    assert balances(cluster)[1] < 8


def test_many_connections_at_once(proxy: Proxy, cluster: Cluster) -> None:
    proxy.reset()
    outcomes = race_calls(16, lambda number: [move(proxy.url, 1) for _ in range(5)])
    assert [outcome.error for outcome in outcomes] == [None] * 16
    assert balances(cluster) == [20, 80]
    assert proxy.round_trips == 16 * 5 * 4


def test_a_server_that_is_down_refuses_and_comes_back(proxy: Proxy) -> None:
    connection = psycopg.connect(proxy.url)
    proxy.refuse()
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(proxy.url)
    proxy.refuse(False)
    with psycopg.connect(proxy.url) as other:
        assert other.execute("SELECT 1").fetchone() == (1,)
    connection.close()


def test_sweep_cuts_a_run_at_every_round_trip(proxy: Proxy, cluster: Cluster) -> None:
    seen = []
    expected = [70, 30]
    for k, mode in proxy.sweep(lambda: move(proxy.url)):
        proxy.arm(k, mode)
        with pytest.raises(psycopg.OperationalError):
            move(proxy.url)
        assert proxy.fired is not None
        assert proxy.fired.number == k
        if (k, mode) == (4, "after"):
            expected = [40, 60]
        assert balances(cluster) == expected
        seen.append((k, mode))
    assert seen == [(k, mode) for k in (1, 2, 3, 4) for mode in ("before", "after")]


def test_sweep_of_a_run_that_asks_nothing_is_refused(proxy: Proxy) -> None:
    with pytest.raises(RuntimeError, match="no round trip"):
        next(proxy.sweep(lambda: None))


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("COMMIT", True), ("commit;", True), ("/* it\n is */ COMMIT WORK", True), ("END", True),
        ("INSERT INTO t VALUES (1); COMMIT", True), ("COMMIT AND CHAIN", True), ("COMMIT; SELECT 1", True),
        ("COMMIT PREPARED 'x'", False), ("SELECT 'a; commit; b'", False), ("SELECT 1 -- ; commit", False),
        ("DO $f$ BEGIN; COMMIT; END $f$", False), ("SELECT CASE WHEN true THEN 1 END", False),
        ("SELECT commit FROM t", False), ("ROLLBACK", False), ("COMMENT ON TABLE t IS 'x'", False),
    ],
)  # fmt: skip
def test_commit_is_recognised(sql: str, expected: bool) -> None:
    assert is_commit(sql) is expected
