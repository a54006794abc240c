"""Start, stop, look at and remove the embedded server."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from app.kit.postgres.launch import CREATE_DATABASE, check_major, launch, make_cluster, run
from app.kit.postgres.place import (
    WAIT_S,
    Place,
    find_place,
    known_home,
    locked,
    own_home,
    owner_password,
    password_file,
    place_file,
    read_password,
)
from app.kit.postgres.postmaster import DATABASE, connect, read_postmaster, settled_postmaster, url
from app.kit.postgres.problem import in_one_line, problem
from app.kit.settings import Settings


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server. `url` logs in as its owner; `started` is False when it was running already."""

    url: str
    data_dir: Path
    port: int
    pid: int
    started: bool


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of the server: `url`, `version` and `pid` are None when it does not run."""

    running: bool
    url: str | None
    version: str | None
    pid: int | None
    data_dir: Path


def start(settings: Settings) -> Cluster:
    """Start the server, making cluster and database on first use; a running one is returned as it is.

    Safe to call from several processes at once. Raises `PostgresProblem`.
    """
    with in_one_line(), locked(settings):
        place = find_place(settings)
        password = owner_password(settings, place)
        if not place.data.exists():
            make_cluster(place, password)
        check_major(place)
        running = settled_postmaster(place)
        started = running is None
        if running is None:
            running = launch(settings, place)
        with connect(running.port, password) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
            if known is None:
                connection.execute(CREATE_DATABASE)
        return Cluster(url(running.port, password), place.data, running.port, running.pid, started)


def stop(settings: Settings) -> bool:
    """Stop the server: sessions are ended, open transactions rolled back. True when it was running.

    Only a postmaster of our own data folder is ever signalled. Raises `PostgresProblem`.
    """
    with in_one_line():
        if known_home(settings) is None:
            return False
        with locked(settings):
            return _stop(find_place(settings))


def status(settings: Settings) -> Status:
    """Tell whether the server runs, and where. Changes nothing and starts nothing."""
    with in_one_line():
        data = (known_home(settings) or own_home(settings)) / "data"
        postmaster = read_postmaster(data)
        if postmaster is None or postmaster.status != "ready":
            return Status(False, None, None, None, data)
        password = read_password(settings)
        with connect(postmaster.port, password) as connection:
            number = connection.info.server_version
        version = f"{number // 10000}.{number % 10000}"
        return Status(True, url(postmaster.port, password), version, postmaster.pid, data)


def resolve(settings: Settings) -> Settings:
    """The settings with the address of the embedded server, when it runs and no DATABASE_URL is set."""
    if settings.database_url:
        return settings
    with in_one_line():
        home = known_home(settings)
        postmaster = read_postmaster(home / "data") if home else None
        if postmaster is None or postmaster.status != "ready":
            return settings
        return settings.with_values(database_url=url(postmaster.port, read_password(settings)))


def remove(settings: Settings) -> None:
    """Stop the server and delete its cluster with all data (`bin/demo --fresh`)."""
    with in_one_line():
        home = known_home(settings)
        if home is None:
            return
        with locked(settings):
            _stop(find_place(settings))
            shutil.rmtree(home / "data")
            if home != own_home(settings):
                shutil.rmtree(home)
            place_file(settings).unlink(missing_ok=True)
            password_file(settings).unlink(missing_ok=True)


def _stop(place: Place) -> bool:
    if settled_postmaster(place) is None:
        return False
    done = run(place, ["pg_ctl", "stop", "-D", str(place.data), "-m", "fast", "-w", "-t", str(WAIT_S)])
    if done.returncode != 0:
        raise problem("The embedded database did not stop", done.stdout.decode(errors="replace"))
    return True
