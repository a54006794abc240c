"""The log says what went wrong and where, and nothing of what was in the frames: secrets, people's data."""

from __future__ import annotations

import subprocess
import sys

import pytest

from app.kit.settings import ROOT, Settings

CRASH = """
import structlog
from app.kit import boot
from app.kit.settings import Settings

url = "postgresql://serai:sesame@127.0.0.1/serai"
settings = Settings(log_format={format!r}, database_url=url, secret_key="s" * 40)
boot._configure_log(settings)


def fail(password):
    raise ValueError("went wrong")


try:
    fail("open sesame")
except ValueError as error:
    structlog.get_logger().error("unexpected", exc_info=error)
"""


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_traceback_shows_no_local_variable(log_format: str) -> None:
    script = CRASH.format(format=log_format)
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert "went wrong" in done.stderr and "fail" in done.stderr
    assert "sesame" not in done.stderr.replace('fail("open sesame")', "") and "ssss" not in done.stderr


def test_settings_do_not_show_their_secrets() -> None:
    secret = {"secret_key", "encryption_keys", "database_url", "app_password", "smtp_url", "storage_url"}
    secret.add("sandbox_webhook_secret")
    shown = repr(Settings(**dict.fromkeys(secret, "open-sesame")))
    assert "sesame" not in shown and "reservation_ttl_s" in shown
