"""India and Japan, and the packs of all countries against data that others have published."""

from __future__ import annotations

import csv
import json
from datetime import date
from decimal import Decimal

import pytest

from app.domains.tenancy.queries.markets import get_market, list_markets
from app.domains.tenancy.rules.taxes import name_taxes, tax_label, tax_mark
from app.domains.tenancy.types import MarketPack
from app.kit import i18n, plugins
from app.kit.money import Money, Rounding, portion, portion_within
from app.kit.scope import Scope
from tests.domains.tenancy.test_markets import SHIPPED, TODAY, scope_with


@pytest.fixture
def scope() -> Scope:
    return scope_with(SHIPPED)


@pytest.fixture
def thai(scope) -> MarketPack:
    return get_market(scope, "th")


@pytest.fixture
def kuwaiti(scope) -> MarketPack:
    return get_market(scope, "kw")


@pytest.fixture
def indian(scope) -> MarketPack:
    return get_market(scope, "in")


@pytest.fixture
def japanese(scope) -> MarketPack:
    return get_market(scope, "jp")


# --- India --------------------------------------------------------------------------------------------------------


def test_india_splits_a_rate_by_where_seller_and_buyer_are(indian):
    def codes(seller: str, place: str) -> list[str]:
        return [part.code for part in indian.tax_parts(seller, place)]

    assert codes("Karnataka", "Karnataka") == codes("Delhi", "Delhi") == ["cgst", "sgst"]
    assert codes("Puducherry", "Puducherry") == codes("Jammu and Kashmir", "Jammu and Kashmir") == ["cgst", "sgst"]
    assert codes("Chandigarh", "Chandigarh") == codes("Ladakh", "Ladakh") == ["cgst", "utgst"]
    assert codes("Karnataka", "Kerala") == codes("Chandigarh", "Punjab") == codes("Goa", "Chandigarh") == ["igst"]
    assert codes("", "Goa") == codes("Goa", "") == []


def test_only_india_asks_for_the_place(scope):
    for pack in list_markets(scope):
        assert bool(pack.tax.splits) == bool(pack.area_codes) == (pack.code == "in")
        if pack.code != "in":
            assert pack.tax_parts("x", "x") == pack.tax_parts("x", "y") == ()


def test_every_rate_of_india_has_whole_parts(indian):
    for split in indian.tax.splits:
        assert sum(part.share for part in split.parts) == 1
        for rate in indian.tax.rates:
            assert sum(rate.rate * part.share for part in split.parts) == rate.rate


def test_the_indian_reform_of_september_2025(indian):
    before, after = date(2025, 9, 21), date(2025, 9, 22)
    rates = {
        category: tuple(str(indian.tax_rate(category, day).rate) for day in (before, after))
        for category in {rate.tax_category for rate in indian.tax.rates}
    }
    assert rates == {
        "standard": ("0.18", "0.18"),
        "reduced": ("0.05", "0.05"),
        "everyday": ("0.12", "0.05"),
        "fine_apparel": ("0.12", "0.18"),
        "durable": ("0.28", "0.18"),
        "luxury": ("0.28", "0.40"),
        "precious": ("0.03", "0.03"),
        "exempt": ("0", "0"),
    }


def test_english_in_india_groups_by_lakh(indian):
    amount = Money(1234567890, "INR")
    for locale in indian.locales:
        assert i18n.format_money(amount, i18n.in_country(locale, indian.country)) == "₹1,23,45,678.90"


def test_numbers_of_indian_and_japanese_firms_are_checked(indian, japanese, data):
    with (data / "ids-business-numbers" / "valid-numbers.csv").open(encoding="utf-8") as file:
        valid = [row["number"] for row in csv.DictReader(file) if row["module"] == "jp_cn"]
    checker = plugins.load(f"stdnum.{japanese.business_number.module}:is_valid")
    assert japanese.business_number.prefix == "T" and len(valid) > 10
    assert all(checker(number) for number in valid)
    assert not any(checker(f"{(int(number[0]) + 1) % 10}{number[1:]}") for number in valid)
    gstin = plugins.load(f"stdnum.{indian.business_number.module}:is_valid")
    invoice = json.loads((data / "tax-gobl-invoices" / "in" / "out" / "invoice-in-in-stdr.json").read_text("utf-8"))
    supplier = invoice.get("doc", invoice)["supplier"]
    number = supplier["tax_id"]["code"]
    assert gstin(number) and not gstin(number[:-1] + "X")
    assert indian.area_codes[supplier["addresses"][0]["region"]] == number[:2]


# --- Japan --------------------------------------------------------------------------------------------------------


def test_japan_has_two_rates_and_marks_the_reduced_one(japanese):
    found = {category: japanese.tax_rate(category, TODAY) for category in ("standard", "reduced")}
    assert {category: str(rate.rate) for category, rate in found.items()} == {"standard": "0.10", "reduced": "0.08"}
    labels = {category: tax_label(japanese, rate.code, rate.rate, "ja") for category, rate in found.items()}
    assert labels == {"standard": "消費税10%", "reduced": "※ 消費税8%（軽減税率）"}
    assert (tax_mark(japanese, "ct_reduced"), tax_mark(japanese, "ct"), tax_mark(japanese, "gone")) == ("※", "", "")
    # the same 8 per cent were the standard rate until 2019, and are called so on an order of that time
    assert tax_label(japanese, "ct", Decimal("0.08"), "en") == "Consumption tax 8%"
    assert tax_label(japanese, "ct", Decimal("0.05"), "en") == "Consumption tax 5%"


def test_japan_rounds_once_per_rate_and_down(japanese):
    assert (japanese.tax.rounding_level, japanese.tax.rounding) == ("rate", Rounding.FLOOR)
    assert japanese.tax.prices_include_tax and Money(1, "JPY").plain == "1"


def test_all_prefectures_lie_in_zones(japanese):
    zones = [
        japanese.zone_of({"country_area": area}).code for area in ("北海道", "東京都", "香川県", "鹿児島県", "沖縄県")
    ]
    assert zones == ["hokkaido", "honshu", "shikoku", "kyushu", "okinawa"]


def test_the_taxes_of_a_stored_quote_are_named_each(indian):
    stored = [
        {
            "code": "gst", "rate": "0.18", "net_minor": 10000, "tax_minor": 1800,
            "components": [
                {"code": "cgst", "rate": "0.090", "tax_minor": 900},
                {"code": "sgst", "rate": "0.090", "tax_minor": 900},
            ],
        },
        {"code": "gst", "rate": "0.05", "net_minor": 100, "tax_minor": 5},
        {"code": "exempt", "rate": "0", "net_minor": 700, "tax_minor": 0},
    ]  # fmt: skip
    named = [(tax.name, tax.net_minor, tax.tax_minor) for tax in name_taxes(indian, stored, "en")]
    assert named == [("CGST 9%", 10000, 900), ("SGST 9%", 10000, 900), ("GST 5%", 100, 5)]
    assert [tax.name for tax in name_taxes(indian, stored, "hi")] == ["सीजीएसटी 9%", "एसजीएसटी 9%", "जीएसटी 5%"]


# --- data of others -----------------------------------------------------------------------------------------------


def test_published_figures_of_thai_tax(thai, data):
    cases = json.loads((data / "worked-examples" / "tax-figures.json").read_text(encoding="utf-8"))["cases"]
    cases = [case for case in cases if case["country"] == "TH"]
    rate = thai.tax_rate("standard", date(2024, 6, 1)).rate
    assert len(cases) == 2
    for case in cases:
        amount, tax = (Money.parse(case[name], "THB").amount_minor for name in ("amount", "tax"))
        share = portion if case["basis"] == "exclusive" else portion_within
        assert share(amount, rate, thai.tax.rounding) == tax
    assert thai.tax.rounding is Rounding.HALF_UP


def test_published_tax_rates_and_why_the_packs_differ(thai, kuwaiti, data):
    """The table of 2023 took the end of the Thai decree of 2021 for a rise to 10 %, and lists Kuwait with the rate the
    Gulf states agreed on though Kuwait never introduced it. Both are wrong by the sources in the packs."""
    table = json.loads((data / "tax-rates" / "sales_tax_rates.json").read_text(encoding="utf-8"))
    assert (table["TH"]["rate"], table["KW"]["rate"]) == (0.1, 0.05)
    (before,) = table["TH"]["before"].values()
    assert Decimal(str(before["rate"])) == thai.tax_rate("standard", date(2023, 8, 31)).rate
    assert table["TH"]["currency"] == thai.currency and table["KW"]["currency"] == kuwaiti.currency
    assert table["TH"]["type"] == thai.tax.kind and kuwaiti.tax_rate("standard", TODAY) is None


def test_published_rates_of_india_and_japan_are_the_standard_ones(indian, japanese, data):
    table = json.loads((data / "tax-rates" / "sales_tax_rates.json").read_text(encoding="utf-8"))
    for pack in (indian, japanese):
        row = table[pack.country]
        assert Decimal(str(row["rate"])) == pack.tax_rate("standard", date(2023, 6, 1)).rate
        assert row["currency"] == pack.currency


def test_the_published_regime_of_india_knows_the_same_taxes(indian, data):
    regime = json.loads((data / "tax-gobl-invoices" / "regimes" / "in.json").read_text(encoding="utf-8"))
    regime = regime.get("doc", regime)
    published = {category["code"].lower() for category in regime["categories"]}
    ours = {part.code for split in indian.tax.splits for part in split.parts}
    assert ours <= published
    assert (regime["currency"], regime["time_zone"]) == (indian.currency, indian.time_zone)


def test_the_published_rule_of_japan_is_the_pack_s(japanese, data):
    document = json.loads((data / "worked-examples" / "tax-figures.json").read_text(encoding="utf-8"))
    (case,) = [case for case in document["cases"] if case["country"] == "JP"]
    assert "once per rate and invoice" in case["rule"] and japanese.tax.rounding_level == "rate"


def test_currencies_are_those_in_use_in_the_country(scope, data):
    document = json.loads((data / "money" / "cldr-currencyData.json").read_text(encoding="utf-8"))
    regions = document["supplemental"]["currencyData"]["region"]
    with (data / "money" / "iso4217-codes-all.csv").open(encoding="utf-8") as file:
        minor = {row["AlphabeticCode"]: row["MinorUnit"] for row in csv.DictReader(file) if not row["WithdrawalDate"]}
    for pack in list_markets(scope):
        current = [code for row in regions[pack.country] for code, when in row.items() if "_to" not in when]
        assert current == [pack.currency]
        assert int(minor[pack.currency]) == len(Money.zero(pack.currency).plain.partition(".")[2])
