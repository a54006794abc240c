"""Texts made alike, cut into words, and written in the notations of the database."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domains.search.rules.corrections import Candidate, corrected, forgiven, mistakes
from app.domains.search.rules.cut import index_words, is_found_inside, query_arms, words
from app.domains.search.rules.lexemes import like, vector
from app.domains.search.rules.normalise import normalise, skeleton

ANY_TEXT = st.text(st.characters(codec=None), max_size=120)
LOCALES = st.sampled_from(["th", "ar", "en", "zh", "ja", "vi", "hi", "km"])


@pytest.mark.parametrize(
    ("written", "alike"),
    [
        ("น\u0e49\u0e33หอม", "น\u0e49\u0e4d\u0e32หอม"),
        ("น\u0e49\u0e33หอม", "น\u0e4d\u0e49\u0e32หอม"),
        ("แดง", "เเดง"),
        ("ราคา ๑๒๓", "ราคา 123"),
        ("ผ้า\u200bไหม", "ผ้าไหม"),
        ("ที่ที่", "ที่่ที่"),
        ("أحمد", "احمد"),
        ("قَهْوَة", "قهوه"),
        ("عـــطر", "عطر"),
        ("على", "علي"),
        ("کتاب", "كتاب"),
        ("١٢٣", "123"),
        ("क़लम", "कलम"),
        ("हिन्दी ५", "हिन्दी 5"),
        ("हिन्दी", "हिंदी"),
        ("मुम्बई", "मुंबई"),
        ("चाँद", "चांद"),
        ("सन्‍दूक", "संदूक"),
        ("ﻗﻬﻮة", "قهوه"),
        ("Cà phê", "Ca\u0300 phe\u0302"),
        ("たおる", "タオル"),
        ("ﾀｵﾙ", "たおる"),
        ("コンピューター", "コンピュータ"),
        ("Phở Đặc Biệt", "pho dac biet"),
        ("ＡＢＣ　１２３", "abc 123"),
        ("ｶﾀｶﾅ", "カタカナ"),
        ("Crème Brûlée", "CREME brulee"),
        ("Straße", "STRASSE"),
        ("T-Shirt, 50 %", "t shirt 50"),
        ("Μουσική", "μουσικη"),
        ("ёлка", "елка"),
    ],
)
def test_what_is_the_same_to_a_reader_becomes_the_same(written: str, alike: str) -> None:
    assert normalise(written) == normalise(alike) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [("йод", "иод"), ("ไหม", "ไหม้"), ("が", "か"), ("はは", "ばば"), ("ビール", "ビル"), ("कन्या", "कंया")],
)
def test_what_is_another_word_stays_another(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


@given(ANY_TEXT)
def test_normalising_twice_changes_nothing_and_leaves_only_words(written: str) -> None:
    once = normalise(written)
    assert normalise(once) == once
    assert once == " ".join(once.split())
    assert all(letter == " " or unicodedata.category(letter)[0] in "LMN" for letter in once)
    once.encode()


@given(ANY_TEXT, LOCALES)
def test_no_letter_is_lost_when_a_text_is_cut(written: str, locale: str) -> None:
    alike = normalise(written)
    assert "".join(words(alike, locale)) == alike.replace(" ", "")


@given(ANY_TEXT, LOCALES)
def test_every_reading_of_a_text_is_found_in_the_text_itself(written: str, locale: str) -> None:
    alike = normalise(written)
    indexed = set(index_words(alike, locale))
    for arm in query_arms(alike, locale):
        if not set(arm) - indexed:
            return
    assert not alike


def test_scripts_without_spaces_are_cut_by_dictionary() -> None:
    assert words(normalise("โต๊ะกาแฟไม้สัก"), "th") == ["โต๊ะ", "กาแฟ", "ไม้", "สัก"]
    assert words(normalise("红色真丝连衣裙"), "zh") == ["红色", "真丝", "连衣裙"]
    assert "京都" in index_words(normalise("東京都タワー"), "ja")
    assert {"128", "gb", "128gb"} <= set(index_words("128gb", "en"))


def test_a_part_of_a_word_is_looked_for_only_where_words_are_not_parted() -> None:
    assert is_found_inside("ไหม") and is_found_inside("قهوه") and is_found_inside("京都")
    assert not is_found_inside("tea") and not is_found_inside("pho")


def test_thai_is_cut_where_people_cut_it(data: Path) -> None:
    """Boundaries of the 160 messages that were cut by hand: how many of them are found, how many found are theirs."""
    file = data / "i18n-thai-words" / "wisesight-160-samples-tokenised.label"
    found = theirs = both = 0
    for line in file.read_text(encoding="utf-8").splitlines():
        by_hand = [normalise(word) for word in line.split("|")]
        whole = "".join(word.replace(" ", "") for word in by_hand)
        expected = _boundaries([word.replace(" ", "") for word in by_hand])
        ours = _boundaries(words(whole, "th"))
        found, theirs, both = found + len(ours), theirs + len(expected), both + len(ours & expected)
    print(f"\nThai words: {both / theirs:.1%} of the boundaries found, {both / found:.1%} of those found are right")
    assert theirs > 2_000, "the data set has changed its shape"
    assert both / theirs >= 0.8
    assert both / found >= 0.8


def _boundaries(parts: list[str]) -> set[int]:
    place, found = 0, set()
    for part in parts:
        place += len(part)
        if part:
            found.add(place)
    return found


def test_words_are_quoted_for_the_database() -> None:
    assert vector([("A", ["o'clock", "back\\slash"]), ("D", ["o'clock"])]) == "'o''clock':1A,11D 'back\\\\slash':2A"
    assert like("50%_\\") == "50\\%\\_\\\\"


def test_a_correction_is_the_nearest_known_term() -> None:
    known = {"slik": [Candidate("silver", "silver"), Candidate("silk", "Silk")], "scraf": [Candidate("scarf", "scarf")]}
    assert corrected("slik scraf", known) == ["Silk scarf"]
    assert corrected("slik", {"slik": [Candidate("table", "table")]}) == []
    assert corrected("silk", {"silk": [Candidate("silk", "Silk")]}) == []
    assert corrected("silk x200", {"x200": [Candidate("x300", "X300")], "silk": [Candidate("silk", "Silk")]}) == []
    assert corrected("slik x200", {"x200": [Candidate("x300", "X300")], "slik": [Candidate("silk", "Silk")]}) == [
        "Silk x200"
    ]
    assert corrected("ax", {"ax": [Candidate("ox", "Ox")]}) == [], "too short to be a slip"
    assert skeleton(normalise("ผ้าพันคอ")) == skeleton(normalise("ผ้าพนัคอ"))


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        ("scraf", "scarf", 1),
        ("scarff", "scarf", 1),
        ("scrf", "scarf", 1),
        ("scart", "scarf", 1),
        ("silver", "scarf", None),
        ("kitten", "sitting", 3),
        ("", "abc", 3),
        ("abc", "", 3),
        ("", "", 0),
        ("ca", "abc", 3),
    ],
)
def test_mistakes_are_counted_by_hand(one: str, other: str, count: int | None) -> None:
    assert mistakes(one, other, 3) == count
    if count:
        assert mistakes(one, other, count - 1) is None


def test_longer_words_are_forgiven_more() -> None:
    assert [forgiven(text) for text in ("ab", "abc", "abcde", "abcdef", "abcdef abc", "abc123")] == [0, 1, 1, 2, 3, 0]
