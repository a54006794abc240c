"""Addresses, numbers and texts: the small decisions under every import."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domains.catalogue.rules.imports.numbers import (
    NotANumber,
    convert,
    read_count,
    read_decimal,
    read_grams,
    read_gtin,
)
from app.domains.catalogue.rules.imports.texts import plain_text
from app.domains.catalogue.rules.slugs import LONGEST, is_slug, numbered, slugify


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Silk Scarf, 2 m", "silk-scarf-2-m"),
        ("ผ้าไหม มัดหมี่", "ผ้าไหม-มัดหมี่"),
        ("น้ำปลา", "น้ำปลา"),
        ("قهوة عربية – ٢٥٠ غ", "قهوة-عربية-٢٥٠-غ"),
        ("साड़ी", "साड़ी"),
        ("Crème brûlée", "crème-brûlée"),
        ("--a__b--", "a-b"),
        ("東京 タワー", "東京-タワー"),
        ("☺ ☺", ""),
        ("co\u00adop\u200e", "coop"),
    ],
)
def test_slugs_keep_the_letters_of_every_script(text: str, slug: str) -> None:
    assert slugify(text) == slug


@given(st.text(max_size=300))
def test_a_slug_is_one_whatever_it_is_made_of(text: str) -> None:
    slug = slugify(text)
    assert slugify(slug) == slug and len(slug) <= LONGEST
    assert not slug.startswith("-") and not slug.endswith("-") and "--" not in slug
    assert not slug or (is_slug(slug) and is_slug(numbered(slug, 7)))


def test_the_numbers_of_real_books_have_a_right_check_digit(data: Path) -> None:
    with (data / "catalogue-shop-exports" / "oscar-books.hacking.csv").open(encoding="utf-8") as file:
        numbers = [row[2] for row in csv.reader(file)]
    assert len(numbers) > 20
    assert [read_gtin(number) for number in numbers] == numbers


@pytest.mark.parametrize("text", ["4006381333931", "'4006381333931", "4 006381 333931", "96385074", "036000291452"])
def test_valid_article_numbers_are_read(text: str) -> None:
    wrong = text[:-1] + str((int(text[-1]) + 1) % 10)
    assert read_gtin(text).isdecimal()
    for refused in (wrong, text + "0", "", "abcdefgh", "๙๖๓๘๕๐๗๔"):
        with pytest.raises(NotANumber):
            read_gtin(refused)


@pytest.mark.parametrize("text", ["", "1e3", "1,5", "٣", "0x10", "1 000", "inf", "NaN", ".", "9" * 16])
def test_what_is_no_plain_number_is_refused(text: str) -> None:
    with pytest.raises(NotANumber):
        read_decimal(text)


def test_weights_and_counts_are_whole_and_rounded_half_up() -> None:
    assert read_grams("19.8", Decimal("453.59237")) == 8981
    assert read_grams("0.5") == 1
    assert read_count("12.0") == 12 and read_count("-3") == -3
    for wrong in ("12.5", "99999999999"):
        with pytest.raises(NotANumber):
            read_count(wrong)
    with pytest.raises(NotANumber):
        read_grams("-1")


def test_a_conversion_is_exact_and_rounded_once() -> None:
    assert convert(Decimal("9.99"), Decimal("38.2005"), "THB") == Decimal("381.62")
    assert convert(Decimal("0.005"), Decimal("1"), "THB") == Decimal("0.01")
    assert str(convert(Decimal("10"), Decimal("0.307"), "KWD")) == "3.070"
    assert str(convert(Decimal("10.49"), Decimal("150"), "JPY")) == "1574"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain\r\n\r\n\r\n\r\ntext ", "plain\n\ntext"),
        ("<p>One &amp; two</p><p>Three<br/>four</p>", "One & two\n\nThree\nfour"),
        ("<div><div>a</div>b</div>", "a\n\nb"),
        ("<ul><li>a</li><li>b</li></ul>", "• a\n• b"),
        ("<script>alert('<p>no</p>')</script><style>p{}</style>seen", "seen"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\n\nc"),
        ("a <b>bold</b> word &lt;script&gt;", "a bold word <script>"),
        ("<p>unclosed", "unclosed"),
        ("</script></p>a", "a"),
    ],
)
def test_html_becomes_plain_paragraphs(html: str, text: str) -> None:
    assert plain_text(html) == text


@given(st.text(alphabet="<>/&;ap brliscrt\"'= \n", max_size=80))
def test_no_html_whatever_breaks_the_reader(html: str) -> None:
    assert "\n\n\n" not in plain_text(html)
