"""How a process of ours begins: secrets, the rooms' tables and jobs, the database, and the root scope."""

from __future__ import annotations

import logging
import sys

import structlog

from app.kit import db, plugins, secrets
from app.kit.scope import EVERYTHING, SYSTEM, Scope
from app.kit.settings import Settings

_FIRST = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def open_root(settings: Settings) -> Scope:
    """The software's own scope on the platform plane: every other scope is narrowed from it."""
    _configure_log(settings)
    secrets.configure(settings)
    plugins.rooms("models")
    plugins.rooms("jobs")
    return Scope(settings=settings, database=db.Database(settings), actor=SYSTEM, permissions=EVERYTHING)


def _configure_log(settings: Settings) -> None:
    last = (
        (structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer(ensure_ascii=False))
        if settings.log_format == "json"
        else (structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),)
    )
    structlog.configure(
        processors=[*_FIRST, *last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
