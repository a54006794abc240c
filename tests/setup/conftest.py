"""Installations of their own, each with a `var` folder that nobody else uses."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.kit import postgres
from app.kit import settings as kit_settings
from app.kit.settings import Settings


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user may enter, as a project's usually is."""
    made = Path(tempfile.mkdtemp(prefix="serai-setup-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="session")
def template() -> Iterator[Path]:
    """The `var` folder of an installation whose cluster was made, started and stopped once."""
    folder = Path(tempfile.mkdtemp(prefix="serai-setup-"))
    folder.chmod(0o755)
    settings = kit_settings.load({"SERAI_VAR_DIR": str(folder / "var")})
    postgres.start(settings)
    postgres.stop(settings)
    yield folder / "var"
    shutil.rmtree(folder)


@pytest.fixture
def installation(template: Path, fresh: Settings) -> Settings:
    """Settings of an installation with a cluster that does not run."""
    subprocess.run(["cp", "-rp", str(template), fresh.var_dir], check=True)
    return fresh


@pytest.fixture
def fresh(folder: Path) -> Iterator[Settings]:
    """Settings of an installation in which nothing was ever started."""
    made = kit_settings.load({"SERAI_VAR_DIR": str(folder / "var")})
    yield made
    postgres.remove(made)
