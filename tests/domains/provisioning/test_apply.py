"""A tenant's folder becomes a storefront: planned, applied once, changed, refused, taken up after a cut."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.domains.provisioning.errors import (
    FileMissing,
    HomeAreaNotKnown,
    MarketChanged,
    RegistrationNotValid,
    SlugNotValid,
    TenantFolderNotFound,
)
from app.domains.provisioning.flows.apply import apply_tenant, list_folders, plan_tenant
from app.domains.provisioning.flows.audit import audit_tenants
from app.domains.tenancy import flows as tenancy
from app.domains.tenancy.errors import HostTaken
from app.kit.cluster import WrongDatabase
from app.kit.db import Database
from app.kit.documents import DocumentRefused
from app.kit.errors import Problem
from app.kit.scope import Scope
from tests.domains.media.drawings import SVG
from tests.domains.provisioning.process import killed_at
from tests.harness.pgx import Proxy

_numbers = itertools.count(1)
DOCUMENT = """
[tenant]
market = "th"
operating_model = ["own_retail"]
[partner]
code = "river-craft"
name = "River Craft Co., Ltd."
[legal_entity]
name = "River Craft Co., Ltd."
registration = "0999999999991"
address = { country_code = "TH", street_address = "1 Road", city = "Town", postal_code = "10110" }
[brand]
name = { th = "แม่น้ำ", en = "River" }
tagline = { th = "งานมือ", en = "By hand" }
logo = "brand/logo.svg"
mark = "brand/mark.svg"
[brand.tokens]
surface = "#ffffff"
[storefront]
default_locale = "th"
locales = ["th", "en"]
[[home.sections]]
kind = "hero"
title = { th = "สวัสดี", en = "Hello" }
picture = "pictures/hero.svg"
link = "/c/cloth"
[[delivery.methods]]
code = "standard"
name = { th = "ธรรมดา", en = "Standard" }
price = "45.00"
min_days = 2
max_days = 4
[payment]
gateways = ["sandbox", "cod"]
[[staff]]
email = "owner@river.example"
name = "Owner"
role = "owner"
[pages]
about = { title = { th = "เกี่ยวกับ", en = "About" }, text = { th = "หนึ่ง", en = "One" } }
[catalogue]
categories = "catalogue/categories.toml"
products = "catalogue/products.jsonl"
"""
CATEGORIES = """
[[category]]
code = "cloth"
slug = { th = "ผ้า", en = "cloth" }
name = { th = "ผ้า", en = "Cloth" }
position = 1
"""
COUNTED = (
    "catalogue_products",
    "catalogue_variants",
    "catalogue_offers",
    "pricing_prices",
    "inventory_levels",
    "inventory_movements",
    "identity_staff",
    "delivery_methods",
    "event",
    "tenancy_audit_entries",
)


def product(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "external_id": f"p-{number}",
        "category": "cloth",
        "title": {"th": f"ผ้า {number}", "en": f"Cloth {number}"},
        "variants": [{"sku": f"P-{number}", "price": "100.00", "stock": number}],
        **changes,
    }


class Folder:
    """A tenant's folder that a test writes."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.slug = place.name
        for name in ("brand/logo.svg", "brand/mark.svg", "pictures/hero.svg"):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(SVG.replace(b"a drawing", name.encode()))
        (place / "catalogue").mkdir()
        (place / "catalogue" / "categories.toml").write_text(CATEGORIES, encoding="utf-8")
        self.write()
        self.stock([product(number) for number in range(1, 7)])

    def write(self, old: str = "", new: str = "") -> None:
        """The document, with one text exchanged."""
        assert old in DOCUMENT
        (self.place / "tenant.toml").write_text(DOCUMENT.replace(old, new) if old else DOCUMENT, encoding="utf-8")

    def stock(self, products: list[dict[str, Any]]) -> None:
        lines = (json.dumps(one, ensure_ascii=False) + "\n" for one in products)
        (self.place / "catalogue" / "products.jsonl").write_text("".join(lines), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / f"river-{next(_numbers)}")


@pytest.fixture
def applying(standing_root: Scope, tmp_path: Path) -> Scope:
    """The software itself, with the test's folder of tenants."""
    return replace(standing_root, settings=standing_root.settings.with_values(tenants_dir=str(tmp_path)))


def counts(root: Scope, slug: str) -> dict[str, tuple[int, int]]:
    """Of each table the rows, and the sum of their versions where they have one."""
    inside = tenancy.find_scope_of_slug(root, slug)
    found = {}
    with inside.transaction() as unit:
        for table in COUNTED:
            has_version = unit.db.execute(
                text("SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass(:name) AND attname = 'version'"),
                {"name": table},
            ).scalar_one()
            total = "sum(version)" if has_version else "0"
            row = unit.db.execute(text(f"SELECT count(*), coalesce({total}, 0) FROM {table}")).one()
            found[table] = (int(row[0]), int(row[1]))
    return found


def hosts(root: Scope, slug: str) -> list[str]:
    query = "SELECT host FROM domains WHERE tenant_id IN (SELECT id FROM tenants WHERE slug = :slug) ORDER BY host"
    with root.transaction() as unit:
        return list(unit.db.scalars(text(query), {"slug": slug}))


def status(root: Scope, slug: str) -> list[str]:
    with root.transaction() as unit:
        return list(unit.db.scalars(text("SELECT status FROM tenants WHERE slug = :slug"), {"slug": slug}))


def assert_sells(root: Scope, slug: str) -> None:
    """It is open, whole, and all its invariants hold but for the index, which jobs bring up to date."""
    assert status(root, slug) == ["active"]
    assert hosts(root, slug) == [f"{slug}.console.localhost", f"{slug}.localhost"]
    found = counts(root, slug)
    assert (found["catalogue_products"][0], found["inventory_levels"][0], found["pricing_prices"][0]) == (6, 6, 6)
    (report,) = audit_tenants(root, slug)
    assert [str(one) for one in report.breaks if not one.name.startswith(("search.", "media."))] == []


def test_a_folder_becomes_a_tenant(applying: Scope, folder: Folder) -> None:
    applied = apply_tenant(applying, folder.slug)
    assert applied.is_new and applied.report is not None and not applied.report.has_failures
    assert_sells(applying, folder.slug)
    site = tenancy.find_site(applying, f"{folder.slug}.localhost")
    assert site is not None and site.document["brand"]["logo"].startswith("med_")


def test_a_second_run_writes_nothing(applying: Scope, folder: Folder) -> None:
    first = apply_tenant(applying, folder.slug)
    before = counts(applying, folder.slug)
    again = apply_tenant(applying, folder.slug)
    assert (again.tenant_id, again.is_new, again.report) == (first.tenant_id, False, None)
    assert counts(applying, folder.slug) == before
    found = plan_tenant(applying, folder.slug)
    assert (found.changes, found.notes, found.is_new) == ((), (), False)


def test_a_run_over_what_stands_already_changes_no_row(applying: Scope, folder: Folder) -> None:
    """As when the last step was lost: everything is done again, and nothing of it is a change."""
    apply_tenant(applying, folder.slug)
    before = counts(applying, folder.slug)
    with applying.transaction() as unit:
        unit.db.execute(text("UPDATE tenants SET document_hash = '' WHERE slug = :slug"), {"slug": folder.slug})
    apply_tenant(applying, folder.slug)
    after = counts(applying, folder.slug)
    assert {table: rows for table, (rows, _) in after.items()} == {table: rows for table, (rows, _) in before.items()}
    for table in ("catalogue_products", "pricing_prices", "inventory_levels", "catalogue_offers"):
        assert after[table] == before[table]


def test_a_plan_shows_what_would_change_and_changes_nothing(applying: Scope, folder: Folder) -> None:
    planned = plan_tenant(applying, folder.slug)
    assert planned.is_new and {"tenant.market", "brand.name.en"} <= {change.path for change in planned.changes}
    assert status(applying, folder.slug) == []
    apply_tenant(applying, folder.slug)
    folder.write('price = "45.00"', 'price = "50.00"')
    planned = plan_tenant(applying, folder.slug)
    assert [(one.path, one.before, one.after) for one in planned.changes] == [
        ("delivery.methods[0].price", "45.00", "50.00")
    ]
    assert not planned.is_new and len(planned.notes) == 1


def test_a_changed_document_is_applied(applying: Scope, folder: Folder) -> None:
    apply_tenant(applying, folder.slug)
    folder.write('en = "River"', 'en = "Stream"')
    folder.stock(
        [product(number) for number in range(1, 6)] + [product(6, variants=[{"sku": "P-6", "price": "120.00"}])]
    )
    applied = apply_tenant(applying, folder.slug)
    assert not applied.is_new and applied.report is not None
    assert (applied.report.summary.changed, applied.report.summary.unchanged) == (1, 5)
    assert tenancy.get_applied_document(applying, folder.slug)["brand"]["name"]["en"] == "Stream"
    assert_sells(applying, folder.slug)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("[payment]", '[payment]\ncolour = "red"', "colour"),
        ("min_days = 2", 'min_days = "two"', "min_days"),
        ('role = "owner"', 'role = "king"', "role"),
        ('locales = ["th", "en"]', 'locales = ["en", "th"]', "default_locale"),
        ('locales = ["th", "en"]', 'locales = ["th", "xx"]', "locales"),
        ('locales = ["th", "en"]', 'locales = ["th", "en-XA"]', "locales"),
        ('surface = "#ffffff"', 'surface = "red;}"', "surface"),
        ('link = "/c/cloth"', 'link = "javascript:alert(1)"', "link"),
    ],
)
def test_a_wrong_document_is_refused_with_its_place(
    applying: Scope, folder: Folder, old: str, new: str, named: str
) -> None:
    folder.write(old, new)
    for step in (plan_tenant, apply_tenant):
        with pytest.raises(DocumentRefused) as refused:
            step(applying, folder.slug)
        said = str(refused.value)
        assert named in said and "tenant.toml:" in said
        line = int(said.split("tenant.toml:")[1].split(":")[0])
        assert named in (folder.place / "tenant.toml").read_text().split("\n")[line - 1]
    assert status(applying, folder.slug) == []


INDIAN = {
    'market = "th"': 'market = "in"',
    'registration = "0999999999991"': 'registration = "29AAPFU0939F1ZR"',
    'country_code = "TH"': 'country_code = "IN", country_area = "Karnataka"',
}
JAPANESE = {
    'market = "th"': 'market = "jp"',
    'registration = "0999999999991"': 'registration = "T5835678256246"',
}


@pytest.mark.parametrize(
    ("market", "old", "new", "error"),
    [
        ({}, "0999999999991", "0999999999992", RegistrationNotValid),
        (INDIAN, "29AAPFU0939F1ZR", "29AAPFU0939F1ZS", RegistrationNotValid),
        (INDIAN, "29AAPFU0939F1ZR", "27AAPFU0939F1ZV", RegistrationNotValid),  # right, but of Maharashtra
        (INDIAN, "Karnataka", "Mysore", HomeAreaNotKnown),
        (INDIAN, ', country_area = "Karnataka"', "", HomeAreaNotKnown),
        (JAPANESE, "T5835678256246", "5835678256246", RegistrationNotValid),
        (JAPANESE, "T5835678256246", "T5835678256247", RegistrationNotValid),
    ],
)
def test_a_firm_has_a_number_of_its_country_and_area(
    applying: Scope, folder: Folder, market: dict[str, str], old: str, new: str, error: type[Exception]
) -> None:
    path = folder.place / "tenant.toml"
    document = path.read_text(encoding="utf-8")
    for before, after in market.items():
        document = document.replace(before, after)
    path.write_text(document, encoding="utf-8")
    assert plan_tenant(applying, folder.slug).is_new
    path.write_text(document.replace(old, new), encoding="utf-8")
    for step in (plan_tenant, apply_tenant):
        with pytest.raises(error):
            step(applying, folder.slug)
    assert status(applying, folder.slug) == []


def test_another_market_is_refused(applying: Scope, folder: Folder) -> None:
    apply_tenant(applying, folder.slug)
    before = counts(applying, folder.slug)
    folder.write('market = "th"', 'market = "kw"')
    with pytest.raises(MarketChanged):
        apply_tenant(applying, folder.slug)
    assert counts(applying, folder.slug) == before and status(applying, folder.slug) == ["active"]


@pytest.mark.parametrize(
    "slug", ["", "x", "Abc", "a b", "../river", "console", "a" * 41, "-ab", "ab-", "pg_x", "'; DROP"]
)
def test_a_slug_that_cannot_be_a_host_is_refused(applying: Scope, slug: str) -> None:
    with pytest.raises(SlugNotValid):
        apply_tenant(applying, slug)


def test_a_folder_that_is_not_there_is_said_to_be_missing(applying: Scope, folder: Folder) -> None:
    with pytest.raises(TenantFolderNotFound):
        apply_tenant(applying, "nowhere")
    assert list_folders(applying) == [folder.slug]


@pytest.mark.parametrize("name", ["pictures/none.svg", "../outside.svg", "/etc/hostname"])
def test_a_picture_out_of_the_folder_is_refused(applying: Scope, folder: Folder, name: str) -> None:
    (folder.place.parent / "outside.svg").write_bytes(SVG)
    folder.write('picture = "pictures/hero.svg"', f'picture = "{name}"')
    with pytest.raises(FileMissing):
        apply_tenant(applying, folder.slug)
    assert hosts(applying, folder.slug) == []


def test_hosts_are_taken_all_or_none(applying: Scope, folder: Folder, tmp_path: Path) -> None:
    apply_tenant(applying, folder.slug)
    other = Folder(tmp_path / f"river-{next(_numbers)}")
    wanted = f'locales = ["th", "en"]\ndomains = ["free.example", "{folder.slug}.localhost"]'
    other.write('locales = ["th", "en"]', wanted)
    with pytest.raises(HostTaken):
        apply_tenant(applying, other.slug)
    assert hosts(applying, other.slug) == [] and status(applying, other.slug) == ["provisioning"]
    assert tenancy.find_site(applying, f"{other.slug}.localhost") is None
    other.write()
    apply_tenant(applying, other.slug)
    assert_sells(applying, other.slug)
    assert_sells(applying, folder.slug)


@pytest.fixture
def proxy(standing_root: Scope) -> Iterator[Proxy]:
    with Proxy(standing_root.settings.database_url) as running:
        yield running


@pytest.mark.parametrize("part", [0.2, 0.5, 0.8])
def test_a_killed_run_is_taken_up_again(
    applying: Scope, folder: Folder, proxy: Proxy, part: float, round_trips: Callable[[], int]
) -> None:
    assert killed_at(applying.settings, proxy, int(round_trips() * part), "apply", folder.slug)
    assert hosts(applying, folder.slug) == []  # a shopper sees nothing of it
    apply_tenant(applying, folder.slug)
    assert_sells(applying, folder.slug)


@pytest.fixture(scope="module")
def round_trips(standing_root: Scope, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], int]:
    """How many round trips a whole run takes."""
    place = tmp_path_factory.mktemp("tenants")
    folder = Folder(place / f"river-{next(_numbers)}")
    settings = standing_root.settings.with_values(tenants_dir=str(place))
    with Proxy(settings.database_url) as counting:
        through = replace(standing_root, settings=settings.with_values(database_url=counting.url))
        through = replace(through, database=Database(through.settings))
        apply_tenant(through, folder.slug)
        through.database.dispose()
        total = counting.round_trips
    return lambda: total


@pytest.mark.parametrize("part", [0.35, 0.65, 0.9, 0.99])
@pytest.mark.parametrize("mode", ["before", "after"])
def test_a_run_whose_connection_is_cut_is_taken_up_again(
    applying: Scope, folder: Folder, proxy: Proxy, part: float, mode: str, round_trips: Callable[[], int]
) -> None:
    settings = applying.settings.with_values(database_url=proxy.url)
    cut = replace(applying, settings=settings, database=Database(settings))
    proxy.arm(int(round_trips() * part), mode)
    with contextlib.suppress(DBAPIError, psycopg.Error, WrongDatabase, Problem):
        apply_tenant(cut, folder.slug)
    assert proxy.fired is not None
    cut.database.dispose()
    apply_tenant(applying, folder.slug)
    assert_sells(applying, folder.slug)
