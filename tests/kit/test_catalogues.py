"""The catalogues of the interface: everything is translated, and nothing is said that is not in a catalogue."""

from __future__ import annotations

import io
import re
import unicodedata
from copy import deepcopy
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message
from jinja2 import Environment
from jinja2.nodes import Block, TemplateData

from app.kit.i18n import PSEUDO, translator
from tests.kit import texts as extract

LANGUAGES = extract.LANGUAGES
SCRIPTS = {"th": ("THAI",), "ar": ("ARABIC",), "hi": ("DEVANAGARI",), "ja": ("HIRAGANA", "KATAKANA", "CJK")}
FIELD = re.compile(r"%\((\w+)\)s")
STOPS = {"ar": ".", "hi": "।", "ja": "。"}
"""The full stop of a language; Thai has none."""
COUNTED = {"th": 1, "ar": 6, "hi": 2, "ja": 1}
ARABIC_FORMS = {0: 0, 1: 1, 2: 2, 3: 3, 10: 3, 11: 5, 99: 5, 100: 4, 102: 4, 103: 3, 111: 5, 200: 4}
ATTRIBUTE = re.compile(r'[a-z-]+="[^"]*"')
"""A macro may make attributes without their element."""
TEMPLATES = sorted((extract.ROOT / "app").glob("**/templates/**/*.html"))
SHOWN = {"alt", "aria-label", "aria-description", "placeholder", "title", "summary"}
"""Attributes that a person reads or hears; `value` only where it is the face of a button."""


@pytest.fixture(scope="module")
def source() -> Catalog:
    return extract.extract()


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def catalogue(language: str) -> Catalog:
    return extract.read(language)


def entries(catalogue: Catalog) -> dict[tuple[object, object], Message]:
    return {(message.context, message.id): message for message in catalogue if message.id}


def forms(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, tuple | list) else [message.string or ""]


def sources(message: Message) -> list[str]:
    return [message.id] if isinstance(message.id, str) else list(message.id)


def test_the_extraction_reaches_every_kind_of_source(source: Catalog) -> None:
    places = {path for message in source for path, _ in message.locations}
    for start in ("app/faces/storefront/templates/", "app/faces/partner_console/templates/", "app/kit/"):
        assert any(path.startswith(start) for path in places), start
    for path in (
        "app/domains/orders/errors.py",
        "app/domains/orders/actions/letters.py",
        "app/domains/catalogue/rules/checks.py",
        "app/domains/catalogue/rules/imports/problems.py",
    ):
        assert path in places


def test_a_text_is_known_by_the_place_it_stands_in() -> None:
    program = """
class Gone(NotFound):
    code = "room.gone"
    text = "It is gone" " for good."
class Plain:
    text = "Not an error."
TEXTS = {"empty": "The file is empty."}
def check(value):
    yield Fault("a", "b", "Too long.")
    reason = "Named before."
    yield Fault("a", "b", reason)
    unused = "Said to nobody."
    say.ngettext("One", "%(num)s", value) + gettext(value) + N_("Later") + say.pgettext("verb", "Order")
"""
    found = extract.python(io.BytesIO(program.encode()), extract.KEYWORDS, (), {})
    assert {(name, texts) for _, name, texts, _ in found} == {
        (None, "It is gone for good."),
        (None, "The file is empty."),
        (None, "Too long."),
        (None, "Named before."),
        ("ngettext", ("One", "%(num)s", None)),
        ("N_", "Later"),
        ("pgettext", ("verb", "Order")),
    }


def test_every_text_is_in_the_catalogue_and_no_other(source: Catalog, catalogue: Catalog) -> None:
    wanted, there = entries(source).keys(), entries(catalogue).keys()
    assert wanted - there == set(), "run python -m tests.kit.texts and translate"
    assert there - wanted == set(), "run python -m tests.kit.texts: nobody says this any more"
    assert not catalogue.obsolete


def test_every_text_is_translated(catalogue: Catalog, language: str) -> None:
    for message in entries(catalogue).values():
        assert not message.fuzzy, message.id
        assert message.pluralizable == (not isinstance(message.string, str)), message.id
        assert len(forms(message)) == (COUNTED[language] if message.pluralizable else 1), message.id
        assert all(forms(message)), message.id


def test_translations_have_the_fields_of_the_original(catalogue: Catalog) -> None:
    for message in entries(catalogue).values():
        wanted = set(FIELD.findall(sources(message)[-1]))
        for number, form in enumerate(forms(message)):
            fields = set(FIELD.findall(form))
            says_the_number_itself = len(forms(message)) > 1 and number < 3
            assert fields <= wanted if says_the_number_itself else fields == wanted, (message.id, form)
            shown = form % {name: f"<{name}>" for name in wanted} if wanted else form
            assert "%" not in shown.replace("%%", ""), (message.id, form)
            assert all(f"<{name}>" in shown for name in fields)


def test_translations_are_in_their_own_script(catalogue: Catalog, language: str) -> None:
    """A text that was copied instead of translated is in Latin letters."""
    foreign = []
    for message in entries(catalogue).values():
        if letters(sources(message)[-1]):
            foreign += [form for form in forms(message) if not any(name in SCRIPTS[language] for name in letters(form))]
    assert foreign == []


def letters(text: str) -> list[str]:
    """The scripts of the letters outside the fields, as Unicode's names begin."""
    return [unicodedata.name(sign, "").split(" ")[0] for sign in FIELD.sub("", text) if sign.isalpha()]


def test_translations_keep_the_edges_and_hold_no_mark_of_direction(catalogue: Catalog) -> None:
    for message in entries(catalogue).values():
        original = sources(message)[-1]
        for form in forms(message):
            assert form == form.strip() or original != original.strip(), form
            assert not set(form) & set("\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069\ufeff\u00ad"), form
            assert form == unicodedata.normalize("NFC", form), form


def test_a_sentence_has_the_full_stop_of_its_language_and_a_label_has_none(catalogue: Catalog, language: str) -> None:
    stop, stops = STOPS.get(language), tuple({".", *STOPS.values()})
    for message in entries(catalogue).values():
        is_sentence = sources(message)[-1].endswith(".")
        for form in forms(message):
            assert form.endswith(stops) == (is_sentence and stop is not None), (message.id, form)
            assert stop is None or not is_sentence or form.endswith(stop), (message.id, form)


def test_the_rule_of_the_plural_is_that_of_cldr(language: str, catalogue: Catalog) -> None:
    """The file names its rule for other programs; the forms stand in the order of that rule."""
    header = extract.path_of(language).read_text(encoding="utf-8").split("\n\n")[0]
    assert f"Plural-Forms: {catalogue.plural_forms}" in header
    assert catalogue.num_plurals == COUNTED[language] == len(Locale.parse(language).plural_form.tags) + 1


def test_two_numbers_share_a_form_exactly_when_cldr_puts_them_into_one_class(language: str) -> None:
    """Whatever order the forms stand in: Hindi says 0 as it says 1, Arabic 103 as it says 3."""
    class_of = Locale.parse(language).plural_form
    form_of = vars(translator(language).catalogue)["plural"]
    pairs = {(class_of(number), form_of(number)) for number in range(1000)}
    assert len({name for name, _ in pairs}) == len({form for _, form in pairs}) == len(pairs) == COUNTED[language]


@pytest.mark.parametrize(("number", "form"), ARABIC_FORMS.items())
def test_an_arabic_number_finds_its_form(number: int, form: int) -> None:
    texts = ("%(shown)s item", "%(shown)s items")
    expected = forms(entries(extract.read("ar"))[(None, texts)])[form]
    assert translator("ar-KW").ngettext(*texts, number) == expected


def test_merging_changes_nothing_that_is_up_to_date(
    source: Catalog, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it guesses nothing: a new text stands there without words, an old one leaves."""
    before = extract.path_of(language).read_bytes()
    file = tmp_path / "messages.po"
    file.write_bytes(before)
    monkeypatch.setattr(extract, "path_of", lambda _: file)
    assert extract.update(language, source)[1] == 0
    once = file.read_bytes()
    assert extract.update(language, source)[1] == 0
    assert file.read_bytes() == once
    other = deepcopy(source)
    other.delete("Add to cart")
    other.add("Add to the cart")
    assert extract.update(language, other)[1] == 1
    merged = extract.read(language)
    assert merged.get("Add to cart") is None
    assert merged["Add to the cart"].string == ""
    assert not merged["Add to the cart"].fuzzy


def test_the_pseudo_locale_can_say_every_text(source: Catalog) -> None:
    say = translator(PSEUDO)
    for message in entries(source).values():
        for text in sources(message):
            facts = {name: f"<{name}>" for name in FIELD.findall(text)}
            shown = say.gettext(text) % facts if facts else say.gettext(text)
            assert shown.startswith("⟦") and shown.endswith("~⟧")
            assert all(fact in shown for fact in facts.values())


class Words(HTMLParser):
    """What a person would read of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(ATTRIBUTE.sub("", data))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in SHOWN]


def unmarked(markup: str) -> list[str]:
    """The words of a template that are written into it, not said through a catalogue."""
    environment = Environment(extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True)
    tree = environment.parse(markup)
    # Such a block stands inside an attribute of the page that is extended: names for the stylesheet.
    names = {
        id(node)
        for block in tree.find_all(Block)
        if block.name.endswith("_class")
        for node in block.find_all(TemplateData)
    }
    reader = Words()
    # What stands between two pieces is an expression: something, so that an attribute does not end early.
    reader.feed("0".join(node.data for node in tree.find_all(TemplateData) if id(node) not in names))
    reader.close()
    return [words.strip() for words in reader.found if re.search(r"[^\W\d_]{2}", words)]


@pytest.mark.parametrize(
    ("markup", "found"),
    [
        ("<p>{% trans %}Welcome{% endtrans %}, {{ name }}</p>", []),
        ("<p>Welcome</p>", ["Welcome"]),
        ('<a class="long name" href="/here" aria-label="Close">×</a>', ["Close"]),
        ('<a title="{% if a %}Yes{% else %}{{ _("No") }}{% endif %}">{{ n }} cm</a>', ["0 cm", "Yes"]),
    ],
)
def test_words_that_nobody_marked_are_found(markup: str, found: list[str]) -> None:
    assert sorted(word.strip("0").strip() for word in unmarked(markup)) == sorted(
        word.strip("0").strip() for word in found
    )


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(extract.ROOT / "app" / "faces")))
def test_every_word_of_a_template_is_marked_for_translation(path: Path) -> None:
    assert unmarked(path.read_text(encoding="utf-8")) == []
