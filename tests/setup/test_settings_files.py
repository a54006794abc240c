"""The files of `config/` say what the code says, and hold no secret."""

from __future__ import annotations

import tomllib
from dataclasses import fields

import pytest

from app.kit import settings as kit_settings
from app.kit.settings import ROOT, Settings, WrongSetting

SECRET = {"database_url", "app_password", "secret_key", "encryption_keys", "sandbox_webhook_secret", "smtp_url"}


def test_the_defaults_of_file_and_code_are_the_same() -> None:
    document = tomllib.loads((ROOT / "config" / "default.toml").read_text(encoding="utf-8"))
    in_code = {field.name: field.default for field in fields(Settings)}
    assert document == {name: in_code[name] for name in document}


@pytest.mark.parametrize("name", ["default", "production"])
def test_no_secret_stands_in_a_file(name: str) -> None:
    document = tomllib.loads((ROOT / "config" / f"{name}.toml").read_text(encoding="utf-8"))
    assert not SECRET & document.keys()


SOUND = {
    "SERAI_ENVIRONMENT": "production",
    "SERAI_SECRET_KEY": "k" * 32,
    "SERAI_ENCRYPTION_KEYS": "of-no-matter-here",
    "SERAI_SMTP_URL": "smtp://mail.example",
    "SERAI_BASE_DOMAIN": "serai.example",
}


def test_production_reads_its_file() -> None:
    found = kit_settings.load(SOUND)
    assert (found.is_production, found.public_scheme, found.log_format) == (True, "https", "json")


@pytest.mark.parametrize("name", sorted(SOUND.keys() - {"SERAI_ENVIRONMENT"}))
def test_production_refuses_to_start_without(name: str) -> None:
    with pytest.raises(WrongSetting, match=name):
        kit_settings.load({key: value for key, value in SOUND.items() if key != name})


def test_production_refuses_a_short_secret() -> None:
    with pytest.raises(WrongSetting, match="SERAI_SECRET_KEY"):
        kit_settings.load({**SOUND, "SERAI_SECRET_KEY": "k" * 31})


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"SERAI_ENVIRONMENT": "prod"}, "config/prod.toml"),
        ({"SERAI_SECRETKEY": "k" * 32}, "SERAI_SECRETKEY"),
        ({"SERAI_RESERVATION_TTL_S": "-5"}, "reservation_ttl_s"),
        ({"PORT": "0"}, "port"),
        ({"DATABASE_URL": "postgresql://serai@db.example/serai"}, "SERAI_SECRET_KEY"),
    ],
)
def test_what_would_run_with_a_default_by_mistake_is_refused(given: dict[str, str], named: str) -> None:
    with pytest.raises(WrongSetting, match=named):
        kit_settings.load(given)


@pytest.mark.parametrize("host", ["127.0.0.1:5432", "localhost", ""])
def test_the_secret_of_the_demo_is_enough_on_this_machine(host: str) -> None:
    url = f"postgresql://serai@{host}/serai"
    assert kit_settings.load({"DATABASE_URL": url}).database_url == url


def test_what_the_tests_are_told_is_no_setting() -> None:
    assert kit_settings.load({"SERAI_LONG": "1", "SERAI_DATA": "elsewhere"}).environment == "demo"
