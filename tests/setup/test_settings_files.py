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


def test_production_reads_its_file_and_refuses_the_secret_of_the_demo() -> None:
    with pytest.raises(WrongSetting, match="SERAI_SECRET_KEY"):
        kit_settings.load({"SERAI_ENVIRONMENT": "production"})
    found = kit_settings.load({"SERAI_ENVIRONMENT": "production", "SERAI_SECRET_KEY": "k" * 32})
    assert (found.is_production, found.public_scheme, found.log_format) == (True, "https", "json")
