"""Market packs: what ships is right and sourced; what is wrong is refused where it stands; facts really bite."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from app.domains.tenancy.errors import MarketNotFound
from app.domains.tenancy.queries.markets import (
    get_market,
    list_fact_breaks,
    list_facts,
    list_markets,
    list_unconfirmed_rates,
)
from app.domains.tenancy.rules.markets import check_facts, list_unconfirmed
from app.domains.tenancy.schemas.market import ABOUT
from app.domains.tenancy.types import Fact, MarketPack
from app.kit import i18n
from app.kit import settings as kit_settings
from app.kit.addresses import fields as address_fields
from app.kit.clock import FixedClock
from app.kit.documents import DocumentRefused
from app.kit.money import Money
from app.kit.scope import Scope, Tenant

SHIPPED = Path(__file__).parents[3] / "config" / "markets"
CODES = sorted(path.stem for path in SHIPPED.glob("??.toml"))
TODAY = date(2026, 11, 22)
LAST_READ = date(2026, 11, 27)


def scope_with(folder: Path, at: datetime = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)) -> Scope:
    settings = kit_settings.load({"SERAI_MARKETS_DIR": str(folder)})
    return Scope(settings=settings, database=None, clock=FixedClock(at))  # packs need no database


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
def changed(tmp_path):
    """Ships the packs elsewhere with one text of a file replaced."""

    def change(file: str, old: str, new: str) -> Scope:
        shutil.copytree(SHIPPED, tmp_path, dirs_exist_ok=True)
        content = (tmp_path / file).read_text(encoding="utf-8")
        assert old in content
        (tmp_path / file).write_text(content.replace(old, new, 1), encoding="utf-8")
        return scope_with(tmp_path)

    return change


# --- what ships ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
def test_a_shipped_pack_keeps_all_its_facts(scope, code):
    facts = list_facts(scope, code)
    assert {"tax", "withdrawal", "escrow", "cod", "money", "calendar", "week", "phone"} <= {f.about for f in facts}
    assert list_fact_breaks(scope, code) == []


@pytest.mark.parametrize("code", CODES)
def test_a_shipped_pack_speaks_its_languages_and_fits_its_country(scope, code):
    pack = get_market(scope, code)
    words = [pack.name, pack.tax.name, pack.invoice.title, pack.invoice.credit_note_title, pack.business_number.name]
    words += [part.name for split in pack.tax.splits for part in split.parts]
    words += [part.name for part in (*pack.tax.rates, *pack.payment_ways, *pack.zones)] + list(pack.invoice.wording)
    assert all(set(pack.locales) <= set(text) for text in words)
    assert pack.invoice.locale in pack.locales
    assert pack.phone_region == pack.country == pack.code.upper()
    areas = {
        choice.value for field in address_fields(pack.country, "en") for choice in field.choices
    }  # fmt: skip
    assert {area for zone in pack.zones for area in zone.country_areas} <= areas
    assert {area for split in pack.tax.splits for area in split.country_areas} <= areas
    assert set(pack.area_codes) in (set(), areas)
    assert set(pack.address_required) <= {field.name for field in address_fields(pack.country, "en")}
    assert any(way.status == "now" for way in pack.payment_ways)


@pytest.mark.parametrize("code", CODES)
def test_every_rule_of_law_has_a_source_that_was_read(scope, code):
    pack = get_market(scope, code)
    sources = [rate.source for rate in pack.tax.rates] + [note.source for note in pack.notes]
    assert sources and all(source.read_on <= LAST_READ and len(source.says) > 20 for source in sources)
    assert {"withdrawal", "escrow", "coins"} <= {note.about for note in pack.notes}


def test_markets_are_listed_by_code(scope):
    assert [pack.code for pack in list_markets(scope)] == CODES
    assert {"in", "jp", "kw", "th"} <= set(CODES)


@pytest.mark.parametrize("code", ["xx", "", "TH", "t", "..", "th/../kw", "th\n", "../markets/th"])
def test_a_market_that_is_not_there_is_not_found(scope, code):
    with pytest.raises(MarketNotFound) as refused:
        get_market(scope, code)
    assert refused.value.status == 404


def test_without_a_code_the_market_of_the_tenant_is_meant(scope):
    inside = scope.with_values(tenant=Tenant(id="t_1", slug="yal", market="kw"))
    assert get_market(inside).code == "kw" and get_market(inside, "th").code == "th"
    with pytest.raises(MarketNotFound):
        get_market(scope)


# --- Thailand -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", [date(2021, 10, 1), date(2023, 9, 30), date(2023, 10, 1), date(2025, 9, 30), TODAY])
def test_thailand_takes_seven_per_cent(thai, day):
    assert thai.tax_rate("standard", day).rate == Decimal("0.07")
    assert thai.tax.prices_include_tax


def test_the_decree_of_the_thai_rate_has_a_known_end(thai):
    assert list_unconfirmed(thai, date(2026, 9, 30)) == []
    (rate,) = list_unconfirmed(thai, date(2026, 10, 1))
    assert rate.confirmed_until == date(2026, 9, 30) and rate.source.url.startswith("https://")


def test_the_market_s_own_day_decides_what_is_unconfirmed():
    before = scope_with(SHIPPED, datetime(2026, 9, 30, 16, 59, tzinfo=UTC))  # 23:59 in Bangkok
    after = scope_with(SHIPPED, datetime(2026, 9, 30, 17, 0, tzinfo=UTC))
    assert list_unconfirmed_rates(before, "th") == []
    assert [rate.code for rate in list_unconfirmed_rates(after, "th")] == ["vat"]


def test_nothing_is_untaxed_by_a_gap(thai):
    for category, day in (("standard", date(2021, 9, 30)), ("luxury", TODAY)):
        with pytest.raises(LookupError, match="no rate of tax"):
            thai.tax_rate(category, day)


def test_thai_provinces_lie_in_zones(thai):
    assert thai.zone_of({"country_area": "สมุทรปราการ"}).code == "greater_bangkok"
    assert thai.zone_of({"country_area": "ภูเก็ต"}).code == "provinces" == thai.zone_of({}).code


def test_thai_years_are_buddhist(thai):
    assert i18n.format_date(TODAY, thai.default_locale, "medium", thai.calendar) == "22 พ.ย. 2569"


def test_rights_and_holds_run_by_days(thai, kuwaiti):
    received = date(2026, 2, 26)
    assert thai.withdrawal.ends_on(purchased_on=date(2026, 2, 1), received_on=received) == date(2026, 3, 5)
    assert thai.withdrawal.refund_by(received) == date(2026, 3, 13)
    assert kuwaiti.withdrawal.ends_on(purchased_on=date(2026, 2, 1), received_on=received) == date(2026, 3, 12)
    assert kuwaiti.withdrawal.refund_by(received) is None
    from_purchase = dataclasses.replace(thai.withdrawal, runs_from="purchase")
    assert from_purchase.ends_on(purchased_on=date(2026, 2, 1), received_on=received) == date(2026, 2, 8)
    assert thai.escrow.release_on(received, is_extended=True) == thai.escrow.release_on(received) + timedelta(days=3)
    for pack in (thai, kuwaiti):
        assert pack.escrow.hold_days >= pack.withdrawal.days


def test_cash_on_delivery_has_its_limit_and_its_coins(thai, kuwaiti):
    assert thai.cod.is_allowed_for(Money(1000000, "THB")) and not thai.cod.is_allowed_for(Money(1000001, "THB"))
    assert not dataclasses.replace(thai.cod, is_allowed=False).is_allowed_for(Money(1, "THB"))
    assert dataclasses.replace(thai.cod, limit=None).is_allowed_for(Money(10**12, "THB"))
    assert (thai.cod.cash_step_minor, kuwaiti.cod.cash_step_minor) == (25, 5)


# --- Kuwait -------------------------------------------------------------------------------------------------------


def test_kuwait_has_no_tax_on_any_day(kuwaiti):
    assert kuwaiti.tax.kind == "none" and kuwaiti.tax.rates == ()
    assert kuwaiti.tax_rate("standard", TODAY) is None is kuwaiti.tax_rate("anything", date(1990, 1, 1))


def test_kuwait_s_weekend_is_friday_and_saturday(kuwaiti):
    assert i18n.week_of(kuwaiti.country).weekend == (4, 5)
    assert i18n.direction(kuwaiti.default_locale) == "rtl"


# --- faults -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new", "path", "reason"),
    [
        ("th.toml", "currency", "curency", "curency", "did you mean “currency”"),
        ("th.toml", '"THB"', '"THX"', "currency", "not a currency code"),
        ("th.toml", 'default_locale = "th"', 'default_locale = "ar"', "default_locale", "one of locales"),
        ("th.toml", '["th", "en"]', '["th", "klingon"]', "locales[1]", "not a language"),
        ("th.toml", "Asia/Bangkok", "Asia/Siam", "time_zone", "no zone"),
        ("th.toml", '"buddhist"', '"thai"', "calendar", "One of"),
        ("th.toml", 'rate = "0.07"', "rate = 0.07", "tax.rates[0].rate", "in quotes"),
        ("th.toml", 'rate = "0.07"', 'rate = "7"', "tax.rates[0].rate", "between 0 and 1"),
        ("th.toml", "valid_to = 2023-09-30", "valid_to = 2023-09-29", "tax.rates[1].valid_from", "the day after"),
        ("th.toml", "valid_to = 2023-09-30\n", "", "tax.rates[0].valid_to", "needs an end"),
        ("th.toml", "valid_to = 2023-09-30", "valid_to = 2020-09-30", "tax.rates[0].valid_to", "before valid_from"),
        ("th.toml", "confirmed_until", "valid_to", "tax.rates[3].valid_to", "stays open"),
        ("th.toml", "read_on = 2026-11-22\n", "", "tax.rates[0].source.read_on", "required"),
        ("th.toml", 'kind = "vat"', 'kind = "none"', "tax.rates", "if and only if"),
        ("kw.toml", 'kind = "none"', 'kind = "vat"', "tax.rates", "if and only if"),
        ("kw.toml", '"half_up"', '"nearest"', "tax.rounding", "Must be one of"),
        ("kw.toml", 'limit = "150.000"', 'limit = "150.0001"', "cod.limit", "at most 3 decimal places"),
        ("kw.toml", 'cash_step = "0.005"', "cash_step = 5", "cod.cash_step", "Not a valid string"),
        ("kw.toml", "hold_days = 14", "hold_days = 1400", "escrow.hold_days", "between 0 and 365"),
        ("kw.toml", 'code = "kuwait"', 'code = "kuwait"\ncountry_areas = ["x"]', "zones", "Exactly one zone"),
        ("kw.toml", 'code = "kw"', 'code = "qa"', "code", "named kw.toml"),
        ("kw.toml", "https://www.cbk.gov.kw", "www.cbk.gov.kw", "notes[5].url", "beginning with https"),
        ("in.toml", 'share = "0.5"', 'share = "0.4"', "tax.splits[0].parts", "make 1 together"),
        ("in.toml", 'where = "other_area"', 'where = "same_area"', "tax.splits", "for each case"),
        ("in.toml", '"Andaman and Nicobar Islands", "Chandigarh"', '"Ladakh", "Chandigarh"', "tax.splits", "area once"),
        ("jp.toml", 'mark = "※"', 'mark = "reduced"', "tax.rates[2].mark", "maximum length"),
        ("kw.toml", "required = [", 'required = ["planet", ', "address.required[0]", "One of"),
    ],
)  # fmt: skip
def test_a_faulty_pack_is_refused_where_the_fault_stands(changed, file, old, new, path, reason):
    scope = changed(file, old, new)
    with pytest.raises(DocumentRefused) as refused:
        get_market(scope, file[:2])
    told = {problem.path: problem for problem in refused.value.problems}
    assert path in told and reason in told[path].reason, str(refused.value)
    assert told[path].line > 0 and told[path].file.endswith(file)


def test_a_pack_under_work_is_read_again(changed):
    scope = changed("kw.toml", "extension_days = 3", "extension_days = 4")
    assert get_market(scope, "kw").escrow.extension_days == 4
    path = scope.settings.markets / "kw.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("extension_days = 4", "extension_days = 5"), "utf-8")
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))
    assert get_market(scope, "kw").escrow.extension_days == 5


@pytest.mark.parametrize(
    ("file", "old", "new", "broken"),
    [
        ("th.toml", 'rate = "0.07"', 'rate = "0.10"', {"rate", "tax", "net"}),
        ("th.toml", "days = 7\n", "days = 8\n", {"ends_on"}),
        ("th.toml", "refund_days = 15", "refund_days = 30", {"refund_by"}),
        ("th.toml", "hold_days = 7", "hold_days = 5", {"release_on", "extended_release_on"}),
        ("th.toml", '"instruct_only"', '"hold"', {"mode"}),
        ("th.toml", 'limit = "10000.00"', 'limit = "20000.00"', {"is_allowed"}),
        ("th.toml", 'cash_rounding = "down"', 'cash_rounding = "up"', {"payable"}),
        ("th.toml", '"buddhist"', '"gregorian"', {"year", "shown"}),
        ("th.toml", 'phone_region = "TH"', 'phone_region = "KW"', {"e164", "shown"}),
        ("th.toml", '"นนทบุรี", ', "", {"zone"}),
        ("kw.toml", 'country = "KW"', 'country = "TH"', {"weekend", "is_weekend"}),
        ("kw.toml", 'currency = "KWD"', 'currency = "BHD"', {"shown"}),
        ("in.toml", '"Chandigarh", "Dadra', '"Dadra', {"parts"}),
        ("in.toml", 'rate = "0.40"', 'rate = "0.28"', {"rate", "tax", "net"}),
        ("jp.toml", 'rounding = "floor"', 'rounding = "half_up"', {"tax", "net"}),
        ("kw.facts.toml", "is_taxed = false", "is_taxed = 0", {"is_taxed"}),
        ("kw.facts.toml", "is_taxed = false", "is_txaed = false", {"is_txaed"}),
        ("kw.facts.toml", 'amount = "18.750"', 'amount = "18.7501"', {"is_taxed", "tax", "net", "gross"}),
        ("kw.facts.toml", 'given = { total = "18.753" }', "", {"is_allowed", "payable"}),
    ],
)
def test_a_changed_rule_or_a_wrong_fact_breaks(changed, file, old, new, broken):
    breaks = list_fact_breaks(changed(file, old, new), file[:2])
    assert {each.key for each in breaks} == broken
    assert all(re.match(rf".*{file[:2]}\.facts\.toml:\d+: \w+\.\w+: expected .*, found ", str(each)) for each in breaks)


def test_a_fact_on_a_day_without_a_rate_breaks(thai):
    fact = Fact(date(2000, 1, 1), "tax", {"amount": "1.00"}, {"tax": "0.07"}, "a test", "here:1")
    (only,) = check_facts(thai, [fact])
    assert "no rate of tax" in only.found


def test_facts_are_of_known_kinds_and_expect_something(changed):
    for new in ('about = "weather"', 'about = "tax"\nexpct = 1'):
        with pytest.raises(DocumentRefused, match=r"kw.facts.toml:\d+: fact\[0\]\.(about|expct)"):
            list_facts(changed("kw.facts.toml", 'about = "tax"', new), "kw")
    assert len(set(ABOUT)) == len(ABOUT)
