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
_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False, use_rich=False)
)


def open_root(settings: Settings) -> Scope:
    """The software's own scope on the platform plane: every other scope is narrowed from it."""
    _configure_log(settings)
    secrets.configure(settings)
    plugins.rooms("models")
    plugins.rooms("jobs")
    return Scope(settings=settings, database=db.Database(settings), actor=SYSTEM, permissions=EVERYTHING)


def _configure_log(settings: Settings) -> None:
    # Never the local variables of a frame: they hold secrets and people's data, and cost seconds to render.
    last = (
        (_TRACEBACKS, structlog.processors.JSONRenderer(ensure_ascii=False))
        if settings.log_format == "json"
        else (
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        )
    )
    structlog.configure(
        processors=[*_FIRST, *last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
