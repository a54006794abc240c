"""Languages: texts and plurals from catalogues, figures and dates as a reader of the locale writes them."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.i18n import (
    N_,
    PSEUDO,
    UnknownLanguage,
    check_language,
    country_name,
    direction,
    enumerate_words,
    format_date,
    format_datetime,
    format_money,
    format_number,
    format_percent,
    format_time,
    in_country,
    isolate,
    join,
    language_name,
    lineage,
    pseudo,
    text,
    translator,
    week_of,
    year_in,
)
from app.kit.money import Money, parse_localised

EVENING = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)

ARABIC = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);\\n"

msgid "Basket"
msgstr "السلة"

msgctxt "verb"
msgid "Order"
msgstr "اطلب"

msgid "Order"
msgstr "الطلب"

msgid "%(num)s item"
msgid_plural "%(num)s items"
msgstr[0] "لا قطع"
msgstr[1] "قطعة واحدة"
msgstr[2] "قطعتان"
msgstr[3] "%(num)s قطع"
msgstr[4] "%(num)s قطعة"
msgstr[5] "%(num)s قطعة من"

#, fuzzy
msgid "Guess"
msgstr "تخمين"

msgid "Empty"
msgstr ""
"""
KUWAIT = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"

msgid "Basket"
msgstr "سلتك"
"""


def plain(shown: str) -> str:
    """Without marks of direction, so that a test shows what a reader sees."""
    return "".join(letter for letter in shown if unicodedata.category(letter) != "Cf")


@pytest.fixture
def catalogues(tmp_path):
    for tag, content in (("ar", ARABIC), ("ar_KW", KUWAIT)):
        folder = tmp_path / tag / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "messages.po").write_text(content, encoding="utf-8")
    return tmp_path


def test_texts_come_from_the_tag_then_its_parents_then_the_source(catalogues):
    kuwait, arabic = translator("ar-KW", catalogues), translator("ar", catalogues)
    assert (kuwait.gettext("Basket"), arabic.gettext("Basket")) == ("سلتك", "السلة")
    assert kuwait.gettext("Order") == "الطلب"
    assert kuwait.pgettext("verb", "Order") == "اطلب"
    assert kuwait.gettext("Never translated") == "Never translated"
    assert translator("th", catalogues).gettext("Basket") == "Basket"


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "لا قطع"), (1, "قطعة واحدة"), (2, "قطعتان"), (5, "5 قطع"), (11, "11 قطعة"), (100, "100 قطعة من")],
)
def test_arabic_has_six_plurals(catalogues, number, shown):
    translated = translator("ar-KW", catalogues).ngettext("%(num)s item", "%(num)s items", number)
    assert translated % {"num": number} == shown


def test_the_source_has_its_own_two_plurals(catalogues):
    words = [translator("th", catalogues).ngettext("one", "many", number) for number in (0, 1, 2)]
    assert words == ["many", "one", "many"]
    assert translator("th", catalogues).npgettext("verb", "one", "many", 1) == "one"


def test_guessed_and_empty_translations_are_not_shown(catalogues):
    arabic = translator("ar", catalogues)
    assert arabic.gettext("Guess") == "Guess"
    assert arabic.gettext("Empty") == "Empty"
    assert arabic.gettext("") == "" and arabic.pgettext("verb", "") == ""


def test_a_catalogue_is_read_once(catalogues):
    assert translator("ar", catalogues) is translator("ar", catalogues)


@pytest.mark.parametrize("tag", ["", "..", "../../etc", "th/../ar", "xx", "e", "thai language", "th\n"])
def test_only_a_known_language_opens_a_file(tag, catalogues):
    with pytest.raises(UnknownLanguage):
        translator(tag, catalogues)
    with pytest.raises(UnknownLanguage):
        direction(tag)


def test_documents_may_name_known_languages_only_and_not_the_pseudo_locale():
    check_language("zh-Hant")
    for tag in (PSEUDO, "xx", "../th"):
        with pytest.raises(UnknownLanguage):
            check_language(tag)


def test_marking_a_text_leaves_it_as_it_is():
    assert N_("Basket") == "Basket"


def test_the_pseudo_locale_stretches_words_and_keeps_what_is_not_words():
    shown = translator(PSEUDO).gettext("Pay %(total)s at <b>checkout</b> {name} &amp; go")
    assert shown.startswith("⟦") and shown.endswith("~⟧")
    for kept in ("%(total)s", "<b>", "</b>", "{name}", "&amp;"):
        assert kept in shown
    assert "checkout" not in shown and "Pay " not in shown
    assert translator(PSEUDO).ngettext("one", "%(num)s items", 3) % {"num": 3} == pseudo("%(num)s items") % {"num": 3}
    assert pseudo("") == "" and pseudo("Add to basket") == "⟦Àdd tö bàškét~~~~~⟧"
    # No word of it is longer than words are, or every long text would run out of its box.
    assert max(len(word) for word in re.findall("~+", pseudo("a" * 90))) == 8
    assert format_money(Money(100, "THB"), PSEUDO) == format_money(Money(100, "THB"), "en")


@given(st.text(max_size=60))
def test_the_pseudo_locale_is_longer_than_the_source(message):
    assert not message or len(pseudo(message)) >= len(message) + 2


def test_lineage_goes_from_the_tag_to_the_language():
    assert lineage("zh-Hant-TW") == ["zh-Hant-TW", "zh-Hant", "zh"]
    assert lineage("ar_KW") == ["ar-KW", "ar"]


@pytest.mark.parametrize(
    ("value", "locale", "fallbacks", "found"),
    [
        ({"th": "ผ้า", "en": "cloth"}, "th", [], "ผ้า"),
        ({"ar": "قماش", "en": "cloth"}, "ar-KW", [], "قماش"),
        ({"ar-KW": "كويتي", "ar": "قماش"}, "ar-KW", [], "كويتي"),
        ({"ar-EG": "مصري", "en": "cloth"}, "ar", [], "مصري"),
        ({"th": "ผ้า", "en": "cloth"}, "ar", ["th"], "ผ้า"),
        ({"th": "ผ้า", "en": "cloth"}, "ar", [], "cloth"),
        ({"th": "ผ้า"}, "ar", [], "ผ้า"),
        ({"th": "", "en": "cloth"}, "th", [], "cloth"),
        ({"TH": "ผ้า"}, "th", [], "ผ้า"),
        ({"zh_Hant": "布"}, "zh-Hant-TW", [], "布"),
        ({}, "th", ["en"], ""),
    ],
)
def test_a_written_text_falls_back_in_a_stated_order(value, locale, fallbacks, found):
    assert text(value, locale, fallbacks) == found


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "shown"),
    [
        (129000, "THB", "th", "฿1,290.00"),
        (129050, "THB", "en", "THB\u00a01,290.50"),
        (18750, "KWD", "en", "KWD\u00a018.750"),
        (18750, "KWD", "ar", "18.750\u00a0د.ك."),
        (18750, "KWD", "ar-KW", "١٨٫٧٥٠\u00a0د.ك."),
        (123456789, "KWD", "ar-KW", "١٢٣٬٤٥٦٫٧٨٩\u00a0د.ك."),
        (-18750, "KWD", "ar-KW", "-١٨٫٧٥٠\u00a0د.ك."),
        (-500, "THB", "th", "-฿5.00"),
        (1235, "JPY", "ja", "￥1,235"),
        (123456, "JPY", "en", "¥123,456"),
        (12345600, "INR", "hi", "₹1,23,456.00"),
        (12345600, "INR", "en-IN", "₹1,23,456.00"),
        (1234567890, "INR", "hi", "₹1,23,45,678.90"),
        (-500, "INR", "hi", "-₹5.00"),
        (1, "CLF", "en", "CLF\u00a00.0001"),
        (129050, "EUR", "de", "1.290,50\u00a0€"),
        (2**63 - 1, "THB", "th", "฿92,233,720,368,547,758.07"),
    ],
)
def test_money_has_the_digits_of_its_currency_in_the_figures_of_the_reader(minor, currency, locale, shown):
    assert plain(format_money(Money(minor, currency), locale)) == shown


@given(
    st.integers(-(10**12), 10**12),
    st.sampled_from(["THB", "KWD", "JPY", "INR", "CLF", "EUR"]),
    st.sampled_from(["th", "en", "ar", "ar-KW", "de", "fr", "hi", "ja", "en-IN", "he", "de-CH", "fa", "sv"]),
)
def test_shown_money_is_read_back_as_the_same_amount(minor, currency, locale):
    amount = Money(minor, currency)
    assert parse_localised(format_money(amount, locale), currency, locale) == amount


def test_figures_of_right_to_left_languages_are_islands():
    for locale in ("ar", "ar-KW", "he"):
        for shown in (
            format_money(Money(1, "KWD"), locale),
            format_number(-5, locale),
            format_percent(Decimal("0.07"), locale),
            format_date(date(2026, 11, 22), locale),
            format_datetime(EVENING, locale, "Asia/Kuwait"),
        ):
            assert shown == isolate(shown[1:-1])
    assert "\u2068" not in format_money(Money(1, "THB"), "th")


def test_numbers_and_percentages_keep_all_their_digits():
    assert format_number(1234567, "th") == "1,234,567"
    assert format_number(1234567, "hi") == "12,34,567"
    assert format_number(Decimal("0.12345678901"), "en") == "0.12345678901"
    assert plain(format_number(1234, "ar-KW")) == "١٬٢٣٤"
    assert format_percent(Decimal("0.07"), "th") == "7%"
    assert format_percent(Decimal("0.075"), "de") == "7,5\u00a0%"
    assert plain(format_percent(Decimal("0.075"), "ar-KW")) == "٧٫٥٪"
    for wrong in (0.07, True, "0.07"):
        with pytest.raises(TypeError):
            format_number(wrong, "en")
        with pytest.raises(TypeError):
            format_percent(wrong, "en")


@pytest.mark.parametrize(
    ("style", "shown"),
    [
        ("short", "22/11/69"),
        ("medium", "22 พ.ย. 2569"),
        ("long", "22 พฤศจิกายน พ.ศ. 2569"),
        ("full", "วันอาทิตย์ที่ 22 พฤศจิกายน พ.ศ. 2569"),
    ],
)
def test_thai_readers_see_the_buddhist_year(style, shown):
    assert format_date(date(2026, 11, 22), "th", style, "buddhist") == shown
    assert "2026" in format_date(date(2026, 11, 22), "th", "medium")


@pytest.mark.parametrize(
    ("locale", "short", "medium", "long", "full"),
    [
        ("ja", "2026/11/27", "2026/11/27", "2026年11月27日", "2026年11月27日金曜日"),
        ("hi", "27/11/26", "27 नव॰ 2026", "27 नवंबर 2026", "शुक्रवार, 27 नवंबर 2026"),
        ("en-IN", "27/11/26", "27 Nov 2026", "27 November 2026", "Friday, 27 November 2026"),
        ("en", "11/27/26", "Nov 27, 2026", "November 27, 2026", "Friday, November 27, 2026"),
        ("ar", "27\u200f/11\u200f/2026", "27\u200f/11\u200f/2026", "27 نوفمبر 2026", "الجمعة، 27 نوفمبر 2026"),
    ],
)
def test_a_day_is_written_as_cldr_says(locale, short, medium, long, full):
    """The patterns of CLDR 47's charts, in the Gregorian calendar."""
    day = date(2026, 11, 27)
    shown = [format_date(day, locale, style).strip("\u2068\u2069") for style in ("short", "medium", "long", "full")]
    assert shown == [short, medium, long, full]


@pytest.mark.parametrize(
    ("locale", "shown"),
    [("ja", "9:05"), ("hi", "9:05 am"), ("th", "09:05"), ("ar", "9:05 ص"), ("en", "9:05\u202fAM")],
)
def test_a_time_of_day_has_the_clock_of_the_language(locale, shown):
    assert format_time(time(9, 5), locale).strip("\u2068\u2069") == shown


def test_a_country_writes_figures_and_dates_its_own_way_but_keeps_the_digits_of_the_tag():
    assert in_country("en", "in") == "en-IN" and in_country("hi", "IN") == "hi-IN"
    assert format_money(Money(12345600, "INR"), in_country("en", "IN")) == "₹1,23,456.00"
    # CLDR has no English of Thailand or Japan; Kuwait's Arabic would bring other digits; a tag with a country has one.
    assert in_country("en", "TH") == in_country("en", "JP") == "en" and in_country("ar", "KW") == "ar"
    assert in_country("en-GB", "IN") == "en-GB" and in_country(PSEUDO, "IN") == PSEUDO
    assert in_country("zh-Hant", "TW") == "zh-Hant-TW"


def test_leap_days_and_weekdays_stay_those_of_the_real_day():
    # 2567 would be no leap year and its 29 February no day.
    assert format_date(date(2024, 2, 29), "th", "full", "buddhist") == "วันพฤหัสบดีที่ 29 กุมภาพันธ์ พ.ศ. 2567"
    assert year_in("buddhist", 2026) == 2569 and year_in("gregorian", 2026) == 2026


@given(st.dates(), st.sampled_from(["short", "medium", "long", "full"]))
def test_the_buddhist_calendar_changes_only_year_and_era(day, style):
    gregorian = format_date(day, "th", style).replace("ค.ศ.", "พ.ศ.")
    buddhist = format_date(day, "th", style, "buddhist")
    ours, theirs = str(day.year + 543), str(day.year)
    if style == "short":
        ours, theirs = ours[-2:], f"{day.year:02}"[-2:]
    assert buddhist.endswith(ours) and gregorian.endswith(theirs)
    assert buddhist[: -len(ours)] == gregorian[: -len(theirs)]


def test_other_languages_read_the_gregorian_year_in_a_buddhist_market():
    assert format_date(date(2026, 11, 22), "en", "medium", "buddhist") == "Nov 22, 2026"


def test_a_moment_is_shown_on_the_clock_of_its_market():
    assert format_datetime(EVENING, "th", "Asia/Bangkok", "medium", "buddhist") == "23 พ.ย. 2569 01:30"
    assert plain(format_datetime(EVENING, "ar-KW", "Asia/Kuwait", "long")) == "٢٢ نوفمبر ٢٠٢٦، ٩:٣٠ م"
    assert format_time(EVENING, "th", "Asia/Bangkok") == "01:30"
    assert format_time(time(9, 5), "de") == "09:05"
    # The year of the moment is the year in the zone, not in UTC.
    new_year = datetime(2026, 12, 31, 18, 0, tzinfo=UTC)
    assert format_datetime(new_year, "th", "Asia/Bangkok", "medium", "buddhist").startswith("1 ม.ค. 2570")


def test_a_moment_without_a_zone_is_refused():
    naive = EVENING.replace(tzinfo=None)
    with pytest.raises(ValueError, match="zone"):
        format_datetime(naive, "th", "Asia/Bangkok")
    for moment, zone in ((naive, "Asia/Bangkok"), (EVENING, None)):
        with pytest.raises(ValueError, match="zone"):
            format_time(moment, "th", zone)
    for wrong in (EVENING, "2026-11-22", timedelta(1)):
        with pytest.raises(TypeError):
            format_date(wrong, "th")


def test_lists_are_joined_in_the_manner_of_the_language():
    assert join(["a", "b", "c"], "en") == "a, b, and c"
    assert join(["a", "b"], "en", "or") == "a or b"
    assert join(["أ", "ب"], "ar") == "أ وب"
    assert join([], "en") == "" and join(["a"], "th") == "a"
    assert join(["A", "B", "C"], "ja") == "A、B、C" and join(["A", "B", "C"], "ja", "or") == "A、B、またはC"
    assert join(["A", "B", "C"], "hi") == "A, B, और C" and join(["A", "B", "C"], "en-IN") == "A, B and C"
    assert join(["ก", "ข", "ค"], "th") == "ก ข และค"


def test_an_enumeration_has_the_comma_of_the_language_and_no_and():
    for tag, shown in (("en", "a, b"), ("hi", "a, b"), ("ja", "a、b"), ("zh-Hant", "a、b"), ("ar-KW", "a، b")):
        assert enumerate_words(["a", "b"], tag) == shown
    assert enumerate_words([], "ja") == "" and enumerate_words(["a"], "ja") == "a"


def test_languages_tell_their_direction_and_their_own_name():
    assert [direction(tag) for tag in ("th", "en", "ar", "ar-KW", "he", "fa", "ur")] == ["ltr"] * 2 + ["rtl"] * 5
    names = {tag: language_name(tag) for tag in ("th", "hi", "ja", "ar", "ar-KW", "en", "fr", "zh-Hant", "zh")}
    assert names == {
        "th": "ไทย", "hi": "हिन्दी", "ja": "日本語", "ar": "العربية", "ar-KW": "العربية", "en": "English",
        "fr": "Français", "zh-Hant": "中文 (繁體)", "zh": "中文",
    }  # fmt: skip
    assert country_name("KW", "ar") == "الكويت" and country_name("th", "th") == "ไทย"
    assert country_name("QQ", "en") == "QQ"


def test_weeks_begin_and_end_where_the_country_says():
    assert week_of("KW").weekend == (4, 5)
    assert week_of("TH").weekend == (5, 6) == week_of("us").weekend
    assert week_of("IN").weekend == (6,) and week_of("IN").first_day == 6
    assert week_of("JP").weekend == (5, 6) and week_of("JP").first_day == 6
    assert week_of("TH").first_day == 6 and week_of("KW").first_day == 5
