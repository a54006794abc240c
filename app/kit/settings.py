"""Settings of an installation: `config/default.toml`, then `config/<environment>.toml`, then the environment.

Every field is documented in `docs/operations.md`; a house test compares the two lists. A variable of the
environment is named `SERAI_<FIELD>`; the two exceptions every host already sets are `DATABASE_URL` (the owner's
address of PostgreSQL) and `PORT`.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL, make_url

ROOT = Path(__file__).resolve().parents[2]
UNPREFIXED = {"database_url": "DATABASE_URL", "port": "PORT"}
DEMO_SECRET = "demo-only-secret-change-me"
DEMO_WEBHOOK_SECRET = "whsec_c2VyYWktc2FuZGJveC13ZWJob29rLXNlY3JldA=="
SHORTEST_SECRET = 32
WITHOUT_FILE = frozenset({"demo", "test"})
MAY_BE_ZERO = frozenset({"spare_tenants", "trusted_proxies"})
NOT_OURS = frozenset({"SERAI_ENVIRONMENT", "SERAI_DATA", "SERAI_LONG", "SERAI_BROWSER", "SERAI_FIGURES"})
"""Variables of the name's family that are no settings: which file is read, and what the tests are told."""
LOOPBACK = frozenset({"", "localhost", "127.0.0.1", "::1"})


class WrongSetting(Exception):
    """A setting that is missing, unknown or malformed: one line that says which, where and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, read once at start and passed along; nothing else reads the environment."""

    environment: str = "demo"
    var_dir: str = "var"
    tenants_dir: str = "tenants"
    markets_dir: str = "config/markets"
    database_url: str = field(default="", repr=False)
    app_login: str = "serai_app"
    app_password: str = field(default="", repr=False)
    port: int = 8000
    trusted_proxies: int = 0
    base_domain: str = "localhost"
    public_scheme: str = "http"
    secret_key: str = field(default=DEMO_SECRET, repr=False)
    encryption_keys: str = field(default="", repr=False)
    storage_url: str = field(default="", repr=False)
    smtp_url: str = field(default="", repr=False)
    sandbox_provider_url: str = "http://127.0.0.1:8090"
    sandbox_webhook_secret: str = field(default=DEMO_WEBHOOK_SECRET, repr=False)
    gateway_connect_timeout_s: int = 1
    gateway_read_timeout_s: int = 5
    reservation_ttl_s: int = 900
    attempt_ttl_s: int = 1800
    unknown_after_s: int = 30
    web_workers: int = 2
    web_threads: int = 4
    worker_concurrency: int = 4
    worker_poll_ms: int = 500
    pool_size: int = 5
    pool_max_uses: int = 1000
    pool_max_tenants: int = 200
    pool_max_age_s: int = 900
    statement_timeout_ms: int = 10000
    spare_tenants: int = 3
    failed_jobs_kept_days: int = 14
    log_format: str = "text"

    @property
    def var(self) -> Path:
        """The folder for everything that is made at run time."""
        return _under_root(self.var_dir)

    @property
    def tenants(self) -> Path:
        return _under_root(self.tenants_dir)

    @property
    def markets(self) -> Path:
        return _under_root(self.markets_dir)

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    def owner_url(self) -> URL:
        """The owner's address of PostgreSQL (may create roles and schemas), as SQLAlchemy wants it."""
        if not self.database_url:
            raise WrongSetting("No database: set DATABASE_URL, or start the embedded one with `bin/serai db start`.")
        return make_url(self.database_url).set(drivername="postgresql+psycopg")

    def app_url(self) -> URL:
        """The address that web and worker log in with: a NOINHERIT login without rights on tenant tables."""
        return self.owner_url().set(username=self.app_login, password=self.app_secret())

    def app_secret(self) -> str:
        """The login's password: given, or derived from the secret key so that no file must hold it."""
        return self.app_password or self.derive("database-login")

    def derive(self, purpose: str) -> str:
        """A secret for one purpose, derived from the installation's key (HMAC-SHA-256, hex)."""
        return hmac.new(self.secret_key.encode(), purpose.encode(), hashlib.sha256).hexdigest()

    def with_values(self, **values: Any) -> Settings:
        return dataclasses.replace(self, **values)


def load(environ: Mapping[str, str] | None = None, root: Path = ROOT) -> Settings:
    """Read the settings. Raises `WrongSetting` with file or variable, key and reason."""
    known = {one.name: one for one in fields(Settings)}
    source = dict(os.environ if environ is None else environ)
    environment = source.get("SERAI_ENVIRONMENT", "demo")
    _check_names(source, known, environment, root)
    values: dict[str, Any] = {}
    for name in ("default", environment):
        path = root / "config" / f"{name}.toml"
        if path.exists():
            values |= _from_file(path, known)
    values["environment"] = environment
    for name, kind in ((one.name, one.type) for one in known.values()):
        variable = UNPREFIXED.get(name, f"SERAI_{name.upper()}")
        if variable in source:
            values[name] = _convert(source[variable], str(kind), variable)
    settings = Settings(**values)
    for name, one in known.items():
        if one.type == "int" and values.get(name, 1) < (0 if name in MAY_BE_ZERO else 1):
            raise WrongSetting(f"{name} must be a whole number above zero, not {values[name]}.")
    _check_secrets(settings)
    return settings


def _check_names(source: Mapping[str, str], known: Mapping[str, Any], environment: str, root: Path) -> None:
    """A mistyped name must not run with a default that everybody knows."""
    if environment not in WITHOUT_FILE and not (root / "config" / f"{environment}.toml").is_file():
        raise WrongSetting(f"SERAI_ENVIRONMENT={environment}: there is no config/{environment}.toml.")
    allowed = {UNPREFIXED.get(name, f"SERAI_{name.upper()}") for name in known} | NOT_OURS
    for variable in sorted(source):
        if variable.startswith("SERAI_") and variable not in allowed:
            raise WrongSetting(f"{variable} is no setting; see docs/operations.md.")


def _check_secrets(settings: Settings) -> None:
    """Refuse what would run and be unsafe, or lose what people were told is kept."""
    own = settings.secret_key != DEMO_SECRET and len(settings.secret_key) >= SHORTEST_SECRET
    host = make_url(settings.database_url).host if settings.database_url else None
    is_here = host is None or host in LOOPBACK or host.startswith("/")
    if not own and (settings.is_production or not is_here):
        raise WrongSetting(
            f"SERAI_SECRET_KEY is the demo's or too short: set a random one of {SHORTEST_SECRET} characters or more."
        )
    if not settings.is_production:
        return
    if not settings.encryption_keys:
        raise WrongSetting("SERAI_ENCRYPTION_KEYS is empty: a later change of the secret key would lose what it hides.")
    if not settings.smtp_url:
        raise WrongSetting("SERAI_SMTP_URL is empty: no mail would leave this machine.")
    if settings.base_domain == "localhost":
        raise WrongSetting("SERAI_BASE_DOMAIN is localhost: nobody else would find the storefronts.")


def _from_file(path: Path, known: Mapping[str, Any]) -> dict[str, Any]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise WrongSetting(f"{path.name}: {error}") from error
    for name, value in document.items():
        if name not in known:
            raise WrongSetting(f"{path.name}: unknown setting {name!r}; see docs/operations.md.")
        if type(value).__name__ != known[name].type:
            raise WrongSetting(f"{path.name}: {name} must be {known[name].type}, not {value!r}.")
    return document


def _convert(value: str, kind: str, variable: str) -> Any:
    if kind != "int":
        return value
    try:
        return int(value)
    except ValueError:
        raise WrongSetting(f"{variable} must be a whole number, not {value!r}.") from None


def _under_root(text: str) -> Path:
    path = Path(text)
    return path if path.is_absolute() else ROOT / path
