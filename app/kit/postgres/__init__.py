"""The embedded PostgreSQL server, for an installation that names no DATABASE_URL.

Everything lies in the *home*: `var/postgres/`, or, when the unprivileged user cannot reach that, a folder of
the system's temporary area. PostgreSQL refuses to run as root, so as root it is run as another user. It
listens on loopback TCP only (a Unix socket's path may not exceed 107 bytes) and asks for a password even
there, because every local user can reach a loopback port.

All functions here act on the server under `settings.var` and on no other; the one that DATABASE_URL names is
never touched.
"""

from app.kit.postgres.problem import PostgresProblem
from app.kit.postgres.server import Cluster, Status, remove, resolve, start, status, stop

__all__ = ["Cluster", "PostgresProblem", "Status", "remove", "resolve", "start", "status", "stop"]
