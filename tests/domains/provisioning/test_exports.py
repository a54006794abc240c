"""What a format can carry comes back as it was; the report of the export names the rest, field by field."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tuned
from hypothesis import strategies as st

from app.domains.catalogue.rules.cells import as_written, neutral
from app.domains.catalogue.rules.exports.writing import LEFT_OUT, differing
from app.domains.catalogue.types import Attribute, CategoryStep, ExportFormat, ProductInput, VariantInput
from app.domains.provisioning.flows import exports
from app.domains.provisioning.flows.exports import export_catalogue
from app.domains.provisioning.types import ExportReport
from app.kit.errors import PermissionDenied
from app.kit.scope import Scope
from tests.domains.provisioning.goods import bring, prepare
from tests.factories import catalogue
from tests.factories.search import sell

EVIL = ["=1+1", "+1", "-1", "@x", "\tx", "＝1", "'=1", "''x", "'x", "  =1", "=cmd|'/c calc'!A0"]
FORMATS: list[ExportFormat] = ["shopify", "google", "google-tsv", "jsonl"]


def taken(scope: Scope, format: ExportFormat) -> tuple[bytes, ExportReport]:
    to = io.BytesIO()
    report = export_catalogue(scope, to, format, locale="en")
    return to.getvalue(), report


def whole(scope: Scope) -> dict[str, ProductInput]:
    """The products of a tenant as an export reads them, by their first SKU."""
    found = exports._products(scope, "", lambda done, total: None)
    return {product.variants[0].sku: replace(product, pictures=None) for product in found}


def shelf(scope: Scope) -> None:
    """Products of each kind: plain, in two languages, with facts of all kinds, dangerous to spreadsheets."""
    prepare(scope)
    plain = ProductInput(
        external_id="cup",
        source="shopify",
        title={"en": "Cup"},
        slug={"en": "cup"},
        brand="Khwan",
        description={"en": "One <b> & two.\nNext line.\n\nParagraph."},
        category_path=(CategoryStep("home", {"en": "Home"}), CategoryStep("home/cups", {"en": "Cups"})),
        category_code="home/cups",
        variants=(VariantInput("CUP", price=Decimal("120.00"), compare_at=Decimal("150.00"), stock=7, weight_g=300),),
        keywords={"en": ("tea", "clay")},
    )
    facts = (
        Attribute("type", {"en": "Type"}, {"en": "Cup"}),
        Attribute("height", {"en": "Height"}, {}, "decimal", Decimal("9.50"), "cm"),
        Attribute("washable", {"en": "Washable"}, {}, "boolean", False),
    )
    dangerous = tuple(
        ProductInput(
            external_id=f"evil-{number}",
            source="tenant",
            title={"en": f"{text}x"},
            brand=text.strip() or "x",
            variants=(VariantInput(f"EVIL-{number}", price=Decimal("1.00")),),
        )
        for number, text in enumerate(EVIL)
    )
    typed = catalogue.product(attributes=facts, description={"en": "Plain."})
    draft = catalogue.product(status="draft", options=(), variants=(VariantInput("DRAFT", price=Decimal("5.00")),))
    sell(scope, plain, typed, draft, *dangerous)


@pytest.mark.parametrize("format", FORMATS)
def test_what_a_format_carries_comes_back_and_the_report_names_the_rest(
    new_tenant: Callable[[str], Scope], format: ExportFormat
) -> None:
    ours, theirs = new_tenant("th"), prepare(new_tenant("th"))
    shelf(ours)
    content, report = taken(ours, format)
    taking: Any = "google" if format == "google-tsv" else format
    request = bring(theirs, content, taking, source="shopify", locale="en")
    assert request.summary.failed == 0 and request.summary.created == report.written
    before, after = whole(ours), whole(theirs)
    lost: dict[str, int] = {}
    for sku, product in after.items():
        for name in differing(before[sku], replace(product, source=before[sku].source)):
            lost[name] = lost.get(name, 0) + 1
    left_out = len(before) - len(after)
    told = {name: count for name, count in report.lost.items() if name not in ("source", "picture_files")}
    # an address that the file does not say is made of the title again: it may come out the same
    for name in ("slug", "slug.languages"):
        told.pop(name, None)
        lost.pop(name, None)
    assert {**lost, **({LEFT_OUT: left_out} if left_out else {})} == told
    if format == "jsonl":
        assert told == {} and report.written == len(before)


@pytest.mark.parametrize("format", ["shopify", "google-tsv"])
def test_no_cell_of_an_export_is_a_formula(system_scope: Scope, format: ExportFormat) -> None:
    """UPL-04, also in full width and behind blanks."""
    shelf(system_scope)
    content, _ = taken(system_scope, format)
    rows = list(csv.reader(io.StringIO(content.decode()), delimiter="\t" if format == "google-tsv" else ","))
    signs = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
    assert len(rows) > len(EVIL)
    assert [cell for row in rows for cell in row if cell.lstrip(" ").startswith(signs)] == []


@given(st.text(alphabet=st.sampled_from("=+-@\t\r'＝ a"), max_size=6))
@tuned(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_text_comes_back_out_of_its_cell(text: str) -> None:
    assert as_written(neutral(text)) == text
    assert not neutral(text).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))


def test_an_export_of_our_own_changes_nothing_when_it_is_brought_back(system_scope: Scope) -> None:
    shelf(system_scope)
    content, _ = taken(system_scope, "jsonl")
    report = bring(system_scope, content)
    assert report.summary.unchanged == report.summary.created + len(whole(system_scope))
    assert report.summary.changed == report.summary.failed == 0


def test_who_may_not_export_gets_nothing(scope: Scope) -> None:
    with pytest.raises(PermissionDenied):
        export_catalogue(scope, io.BytesIO(), "jsonl")
