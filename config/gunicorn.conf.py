"""gunicorn's configuration; every number that an installation may change comes from its settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.kit import settings as kit_settings

_settings = kit_settings.load()

# Outside production the demo's passwords are public, so that nobody else on the network may reach it.
bind = [f"{'0.0.0.0' if _settings.is_production else '127.0.0.1'}:{_settings.port}"]
worker_class = "gthread"
workers = _settings.web_workers
threads = _settings.web_threads

# The application is imported once and shared with the workers; `post_worker_init` gives each its own sockets.
preload_app = True

# A backend of PostgreSQL and a long-lived Python process both grow; the jitter keeps workers from going together.
max_requests = 20_000
max_requests_jitter = 2_000

# Behind a proxy the proxy's own idle time must be shorter, or it writes into a connection that is being closed.
keepalive = 75
graceful_timeout = 30 if _settings.is_production else 5
timeout = max(30, 3 * _settings.statement_timeout_ms // 1000)

# A heartbeat on a disk makes workers look dead while the disk is busy.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None

# Otherwise gunicorn opens a socket below the home folder, one for all installations of the user.
control_socket_disable = True

errorlog = "-"
accesslog = None
proc_name = "serai-web"


def post_worker_init(worker: Any) -> None:
    """In each child: the sockets that were opened before the fork belong to the parent."""
    worker.wsgi.after_fork()
