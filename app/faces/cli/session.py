"""Settings and the root scope of a command."""

from __future__ import annotations

from app.kit import boot, cluster, postgres
from app.kit import settings as kit_settings
from app.kit.scope import Scope
from app.kit.settings import Settings

NO_SERVER = "The embedded database is not running: start it with `bin/serai db start`, or set DATABASE_URL."


def read_settings(**changes: object) -> Settings:
    """The settings, with the address of the embedded server where no other is named."""
    settings = kit_settings.load().with_values(**{key: value for key, value in changes.items() if value is not None})
    return postgres.resolve(settings)


def open_root(settings: Settings | None = None) -> Scope:
    """The software's own scope on the platform plane. Raises `WrongSetting` when there is no database."""
    settings = settings or read_settings()
    if not settings.database_url:
        raise kit_settings.WrongSetting(NO_SERVER)
    cluster.connect_owner(settings).close()
    return boot.open_root(settings)


def offline_scope() -> Scope:
    """A scope for what reads shipped documents only; the database behind it is never asked."""
    settings = kit_settings.load()
    return boot.open_root(settings.with_values(database_url=settings.database_url or "postgresql://unused"))
