"""Imports run down only: the contracts of `.importlinter` hold, and each is shown to bite."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from configparser import ConfigParser
from pathlib import Path
from typing import NamedTuple

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
        "app/kit/settings.py": ("from app.kit.postgres import server", ".settings -> .postgres (1 import)"),
        "app/kit/postgres/server.py": ("from app.kit import settings", ""),
        "app/kit/postgres/files.py": ("from app.kit import settings", ""),
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


class Report(NamedTuple):
    code: int
    text: str


def plant(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        for package in (path.parent, *path.parent.parents):
            if package == folder:
                break
            (package / "__init__.py").touch()


def lint(*projects: tuple[Path, str]) -> list[Report]:
    """Lint each folder for one contract, or for all if it is empty."""
    arguments = [text for folder, contract in projects for text in (str(folder), contract)]
    environment = {**os.environ, "COLUMNS": "400", "NO_COLOR": "1"}
    command = [sys.executable, str(Path(__file__).with_name("lint_projects.py")), *arguments]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    return [Report(*pair) for pair in json.loads(result.stdout)]


def contracts() -> Iterator[str]:
    parser = ConfigParser()
    parser.read(CONTRACTS, encoding="utf-8")
    prefix = "importlinter:contract:"
    yield from (section.removeprefix(prefix) for section in parser.sections() if section.startswith(prefix))


def layers(contract: str) -> list[str]:
    parser = ConfigParser()
    parser.read(CONTRACTS, encoding="utf-8")
    return re.findall(r"\((\w+)\)", parser[f"importlinter:contract:{contract}"]["layers"])


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Report]:
    """By contract, the report on a small project with the faults planted for it; under `""`, on a sound one."""
    projects = []
    for contract in ["", *PLANTED]:
        folder = tmp_path_factory.mktemp(contract or "sound")
        shutil.copy(CONTRACTS, folder)
        plant(folder, SOUND)
        plant(folder, {path: f"{text}\n" for path, (text, _) in PLANTED.get(contract, {}).items()})
        projects.append((folder, contract))
    return dict(zip(["", *PLANTED], lint(*projects), strict=True))


def test_the_house_keeps_its_contracts() -> None:
    report = lint((ROOT, ""))[0]
    if report.code:
        pytest.fail(report.text, pytrace=False)
    assert re.search(r"Contracts: \d+ kept, 0 broken", report.text)


def test_a_sound_project_keeps_them(reports: Mapping[str, Report]) -> None:
    assert f"Contracts: {len(PLANTED)} kept, 0 broken" in reports[""].text, reports[""].text
    assert reports[""].code == 0


@pytest.mark.parametrize("contract", PLANTED)
def test_the_contract_finds_the_planted_faults_and_nothing_else(reports: Mapping[str, Report], contract: str) -> None:
    report = reports[contract]
    assert report.code == 1, report.text
    found = sorted(line.strip(" -") for line in report.text.split("\n") if re.match(r"\s*-\s+[.\w]", line))
    assert found == sorted(expected for _, expected in PLANTED[contract].values() if expected), report.text


def test_every_contract_is_shown_to_bite() -> None:
    assert set(contracts()) == set(PLANTED)


def test_plan_and_contracts_are_the_same_house() -> None:
    assert layers("rooms") == list(reversed(ROOMS))
    assert layers("room-files") == list(ROOM_FILES)
    assert layers("faces") == list(FACES)
