"""Imports run down only: the contracts of `.importlinter` hold, and each is shown to bite."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from configparser import ConfigParser
from pathlib import Path

import pytest

from .conftest import ROOT
from .gates.plan import FACES, ROOM_FILES, ROOMS

CONTRACTS = ROOT / ".importlinter"
SOUND = {
    "app/factory.py": "from app.faces.storefront import cart\nfrom app.kit import web\n",
    "app/kit/money.py": "",
    "app/kit/web.py": "import flask\nfrom app.kit import money\n",
    "app/kit/db.py": "import flask_sqlalchemy\n",
    "app/faces/storefront/cart.py": "from app.domains.orders import actions\nfrom app.kit import web\n",
    "app/faces/api/carts.py": "from app.domains.orders import actions\n",
    "app/domains/ledger/types.py": "from app.kit import money\n",
    "app/domains/ledger/errors.py": "",
    "app/domains/ledger/rules.py": "from app.domains.ledger import errors, types\n",
    "app/domains/orders/events.py": "from app.domains.orders import types\n",
    "app/domains/orders/types.py": "from app.domains.ledger import types\n",
    "app/domains/orders/models.py": "import sqlalchemy\nfrom app.kit import db\n",
    "app/domains/orders/actions.py": "from app.domains.ledger import types\nfrom app.domains.orders import events\n",
    "sandbox_provider/store.py": "",
}
PLANTED: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "wings": {
        "app/kit/money.py": ("import app.domains.ledger.types", "app.kit.money -> app.domains.ledger.types (l.1)"),
        "app/domains/ledger/errors.py": (
            "import app.faces.api.carts",
            "app.domains.ledger.errors -> app.faces.api.carts (l.1)",
        ),
        "app/shared/words.py": ("", "app.shared"),
    },
    "faces": {
        "app/faces/api/carts.py": (
            "import app.faces.storefront.cart",
            "app.faces.api.carts -> app.faces.storefront.cart (l.1)",
        ),
        "app/faces/kiosk/cart.py": ("", "app.faces.kiosk"),
    },
    "rooms": {
        "app/domains/ledger/types.py": (
            "import app.domains.orders.types",
            "app.domains.ledger.types -> app.domains.orders.types (l.1)",
        ),
        "app/domains/chat/types.py": ("", "app.domains.chat"),
    },
    "room-files": {
        "app/domains/ledger/rules.py": (
            "import app.domains.ledger.models",
            "app.domains.ledger.rules -> app.domains.ledger.models (l.1)",
        ),
        "app/domains/ledger/models.py": ("", ""),
        "app/domains/orders/events.py": (
            "import app.domains.orders.errors",
            "app.domains.orders.events -> app.domains.orders.errors (l.1)",
        ),
        "app/domains/orders/errors.py": ("", ""),
        "app/domains/orders/service.py": ("", "app.domains.orders.service"),
    },
    "kit": {"app/kit/carts.py": ("", "app.kit.carts")},
    "kit-circles": {
        "app/kit/web.py": ("from app.kit import money", "app.kit.web -> app.kit.money (l.1)"),
        "app/kit/money.py": ("from app.kit import web", ""),
    },
    "domains-without-web": {
        "app/domains/orders/actions.py": ("from flask import g", "app.domains.orders.actions -> flask (l.1)"),
        "app/domains/ledger/rules.py": (
            "from werkzeug.exceptions import NotFound",
            "app.domains.ledger.rules -> werkzeug (l.1)",
        ),
        "app/domains/orders/types.py": ("import jinja2", "app.domains.orders.types -> jinja2 (l.1)"),
    },
    "faces-without-tables": {
        "app/faces/api/carts.py": (
            "from app.domains.orders.models import Cart",
            "app.faces.api.carts -> app.domains.orders.models (l.1)",
        ),
        "app/faces/storefront/cart.py": (
            "from sqlalchemy.orm import Session",
            "app.faces.storefront.cart -> sqlalchemy (l.1)",
        ),
    },
    "sandbox-provider": {
        "app/kit/web.py": ("import sandbox_provider.store", "app.kit.web -> sandbox_provider (l.1)"),
    },
}


def plant(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        for package in (path.parent, *path.parent.parents):
            if package == folder:
                break
            (package / "__init__.py").touch()


def lint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "400", "NO_COLOR": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)


def contracts() -> Iterator[str]:
    parser = ConfigParser()
    parser.read(CONTRACTS, encoding="utf-8")
    prefix = "importlinter:contract:"
    yield from (section.removeprefix(prefix) for section in parser.sections() if section.startswith(prefix))


def layers(contract: str) -> list[str]:
    parser = ConfigParser()
    parser.read(CONTRACTS, encoding="utf-8")
    return re.findall(r"\((\w+)\)", parser[f"importlinter:contract:{contract}"]["layers"])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small sound project under the contracts of the house."""
    plant(tmp_path, SOUND)
    shutil.copy(CONTRACTS, tmp_path)
    return tmp_path


def test_the_house_keeps_its_contracts() -> None:
    result = lint(ROOT)
    if result.returncode:
        pytest.fail(result.stdout + result.stderr, pytrace=False)
    assert re.search(r"Contracts: \d+ kept, 0 broken", result.stdout)


def test_a_sound_project_keeps_them(project: Path) -> None:
    result = lint(project)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("contract", PLANTED)
def test_the_contract_finds_the_planted_faults_and_nothing_else(project: Path, contract: str) -> None:
    faults = PLANTED[contract]
    plant(project, {path: f"{text}\n" for path, (text, _) in faults.items()})
    result = lint(project, "--contract", contract)
    assert result.returncode == 1, result.stdout + result.stderr
    found = sorted(line.strip(" -") for line in result.stdout.split("\n") if re.match(r"\s*-\s+\w", line))
    if contract == "kit-circles":  # it reports the circle, not one import to blame
        assert "app.kit" in result.stdout and "web" in result.stdout and "money" in result.stdout
    else:
        assert found == sorted(expected for _, expected in faults.values() if expected)


def test_every_contract_is_shown_to_bite() -> None:
    assert set(contracts()) == set(PLANTED)


def test_plan_and_contracts_are_the_same_house() -> None:
    assert layers("rooms") == list(reversed(ROOMS))
    assert layers("room-files") == list(ROOM_FILES)
    assert layers("faces") == list(FACES)
