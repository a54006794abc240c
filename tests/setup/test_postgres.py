"""The embedded server: starting, finding, stopping it, and what may stand in its way."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from app.kit import postgres, processes
from app.kit.settings import ROOT, Settings

START = "import sys; from app.kit import postgres, settings; print(postgres.start(settings.load()).pid)"
IN_ONE_MORE = {**os.environ, "PYTHONPATH": str(ROOT)}


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return row[0]


def test_start_makes_a_database_in_which_every_script_has_letters_and_sorts_by_bytes(fresh: Settings) -> None:
    url = postgres.start(fresh).url
    assert ask(url, "SELECT current_database()") == "serai"
    assert ask(url, "SHOW server_encoding") == "UTF8"
    assert ask(url, "SELECT 'ไทย' ~ '^[[:alpha:]]+$' AND 'قهوة' ~ '^[[:alpha:]]+$'") is True
    assert ask(url, "SELECT 'Z' < 'a'") is True
    with psycopg.connect(url) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        row = connection.execute("SELECT similarity('กาแฟดำ', 'กาแฟ')").fetchone()
    assert row is not None and row[0] > 0.2


def test_the_lock_budget_and_the_durability_are_what_tenants_need(installation: Settings) -> None:
    url = postgres.start(installation).url
    shown = {name: ask(url, f"SHOW {name}") for name in ("max_locks_per_transaction", "fsync", "jit")}
    assert shown == {"max_locks_per_transaction": "1024", "fsync": "on", "jit": "off"}


def test_a_second_start_finds_the_running_server_and_data_outlives_a_stop(installation: Settings) -> None:
    first = postgres.start(installation)
    with psycopg.connect(first.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    second = postgres.start(installation)
    assert (first.started, second.started) == (True, False)
    assert second.pid == first.pid
    assert postgres.stop(installation) is True
    assert postgres.stop(installation) is False
    assert processes.command_line(first.pid) is None
    third = postgres.start(installation)
    assert third.url == first.url
    assert ask(third.url, "SELECT number FROM kept") == 7


def test_status_and_resolve_tell_the_address_only_while_it_runs(fresh: Settings) -> None:
    assert postgres.status(fresh).running is False
    assert postgres.resolve(fresh) == fresh
    started = postgres.start(fresh)
    found = postgres.status(fresh)
    assert (found.running, found.url, found.pid) == (True, started.url, started.pid)
    assert found.version is not None and found.version.startswith("17.")
    assert postgres.resolve(fresh).database_url == started.url
    postgres.stop(fresh)
    assert postgres.status(fresh).url is None
    assert postgres.resolve(fresh).database_url == ""


def test_nobody_enters_without_the_password_that_only_we_can_read(installation: Settings) -> None:
    started = postgres.start(installation)
    assert (installation.var / "postgres" / "password").stat().st_mode & 0o777 == 0o600
    for guess in ("", "serai", "postgres"):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(host="127.0.0.1", port=started.port, user="serai", password=guess, dbname="postgres")
    assert list(started.data_dir.parent.glob("password.init")) == []


def test_the_server_is_never_run_by_root(installation: Settings) -> None:
    started = postgres.start(installation)
    owner = (started.data_dir / "postmaster.pid").stat().st_uid
    assert owner == (os.geteuid() or 65534)


def test_where_the_other_user_may_not_enter_the_data_lies_in_the_temporary_area(fresh: Settings, folder: Path) -> None:
    folder.chmod(0o700)
    started = postgres.start(fresh)
    is_elsewhere = fresh.var not in started.data_dir.parents
    assert is_elsewhere == (os.geteuid() == 0)
    assert ask(started.url, "SELECT 1") == 1
    assert Path(json.loads((fresh.var / "postgres" / "place.json").read_text())["home"]) == started.data_dir.parent
    postgres.remove(fresh)
    assert not started.data_dir.exists()


def test_a_data_folder_copied_along_with_the_project_does_not_lead_to_the_first_server(
    installation: Settings, folder: Path
) -> None:
    first = postgres.start(installation)
    subprocess.run(["cp", "-rp", str(installation.var), str(folder / "copy")], check=True)
    copied = installation.with_values(var_dir=str(folder / "copy"))
    assert postgres.status(copied).running is False
    assert postgres.stop(copied) is False
    assert postgres.status(installation).pid == first.pid


def test_a_killed_server_is_started_again_and_keeps_what_was_committed(installation: Settings) -> None:
    first = postgres.start(installation)
    with psycopg.connect(first.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    os.kill(first.pid, signal.SIGKILL)
    second = postgres.start(installation)
    assert second.started is True
    assert second.pid != first.pid
    assert ask(second.url, "SELECT number FROM kept") == 7


def test_a_pid_file_whose_number_belongs_to_another_program_is_stale(installation: Settings) -> None:
    first = postgres.start(installation)
    pid_file = first.data_dir / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    postgres.stop(installation)
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        assert postgres.status(installation).running is False
        assert postgres.stop(installation) is False
        assert stranger.poll() is None
        assert postgres.start(installation).started is True
        assert stranger.poll() is None
    finally:
        stranger.communicate(b"\n")


def test_a_port_that_somebody_took_is_left_to_them(installation: Settings) -> None:
    first = postgres.start(installation)
    postgres.stop(installation)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", first.port))
        other.listen()
        second = postgres.start(installation)
        assert second.port != first.port
        assert ask(second.url, "SELECT 1") == 1


def test_several_starters_at_once_start_one_server(installation: Settings) -> None:
    environ = {**IN_ONE_MORE, "SERAI_VAR_DIR": installation.var_dir}

    def start(_: int) -> str:
        done = subprocess.run([sys.executable, "-c", START], env=environ, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        return done.stdout.strip()

    with ThreadPoolExecutor(3) as pool:
        pids = set(pool.map(start, range(3)))
    assert pids == {str(postgres.status(installation).pid)}


def test_ctrl_c_on_the_starter_leaves_the_server_running(installation: Settings) -> None:
    environ = {**IN_ONE_MORE, "SERAI_VAR_DIR": installation.var_dir}
    code = f"{START}; sys.stdout.flush(); input()"
    starter = subprocess.Popen(
        [sys.executable, "-c", code],
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert starter.stdout is not None
    pid = int(starter.stdout.readline())
    os.killpg(starter.pid, signal.SIGINT)
    starter.communicate()
    assert postgres.status(installation).pid == pid


def test_the_database_of_a_given_address_is_left_alone(installation: Settings, folder: Path) -> None:
    elsewhere = installation.with_values(database_url="postgresql://owner:secret@db.example/serai")
    assert postgres.resolve(elsewhere) == elsewhere
    postgres.start(installation)
    assert postgres.resolve(elsewhere) == elsewhere


def test_a_cluster_of_another_major_version_is_named_and_not_touched(installation: Settings) -> None:
    data = postgres.start(installation).data_dir
    postgres.stop(installation)
    (data / "PG_VERSION").write_text("16\n")
    with pytest.raises(postgres.PostgresProblem, match=r"made by PostgreSQL 16, this release brings 17: .*"):
        postgres.start(installation)
    assert not (data / "postmaster.pid").exists()
    (data / "PG_VERSION").write_text("17\n")


def test_an_initdb_that_was_cut_off_is_begun_anew(fresh: Settings) -> None:
    half = fresh.var / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("17\n")
    assert ask(postgres.start(fresh).url, "SELECT 1") == 1
    assert not half.exists()


def test_a_lost_password_is_one_sentence(installation: Settings) -> None:
    postgres.start(installation)
    postgres.stop(installation)
    password = installation.var / "postgres" / "password"
    kept = password.read_text()
    password.unlink()
    with pytest.raises(postgres.PostgresProblem, match="password of the embedded database"):
        postgres.start(installation)
    password.write_text(kept)


def test_a_server_that_cannot_start_says_why_in_one_line(installation: Settings) -> None:
    data = postgres.start(installation).data_dir
    postgres.stop(installation)
    configuration = data / "postgresql.conf"
    kept = configuration.read_text()
    configuration.write_text(kept + "\nno_such_setting = 1\n")
    with pytest.raises(postgres.PostgresProblem, match="did not start .*postgresql.conf. contains errors") as caught:
        postgres.start(installation)
    assert "\n" not in str(caught.value)
    assert "no_such_setting" in (installation.var / "log" / "postgres.log").read_text()
    configuration.write_text(kept)
