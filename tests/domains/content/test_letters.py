"""A letter as HTML and as text: hostile words stay words, and each language has its direction."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from app.domains.content.rules import dress_of, to_html, to_text
from app.domains.content.types import Button, Heading, Letter, Paragraph, Rows

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style><style>body{display:none}",
    "</title><script>x</script>",
    "' onmouseover='alert(1)",
    "&lt;b&gt; & <b>",
    "<a href=javascript:alert(1)>x</a>",
)
PLAIN = dress_of("Khwan", {})
ALLOWED = {"html", "head", "meta", "title", "style", "body", "div", "p", "br", "h1", "a", "table", "tbody", "tr", "td"}


class Elements(HTMLParser):
    """Collects what a mail program would see: elements with their attributes, and the words."""

    def __init__(self, document: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def letter(word: str = "Hello", **changes: object) -> Letter:
    values: dict[str, object] = {
        "subject": word,
        "blocks": (
            Heading(word),
            Paragraph(f"{word}\nsecond line"),
            Rows(((word, "1"), ("Total", word)), has_total=True),
            Button(word, "https://khwan.example/orders/x?a=1&b=2"),
        ),
        "footer": word,
        "locale": "en",
        "direction": "ltr",
    }
    return Letter(**{**values, **changes})


@pytest.mark.parametrize("word", HOSTILE)
def test_hostile_words_stay_words(word: str) -> None:
    found = Elements(to_html(letter(word), dress_of(word, {})))
    allowed = {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "div",
        "p",
        "br",
        "h1",
        "a",
        "table",
        "tbody",
        "tr",
        "td",
    }
    assert {tag for tag, _ in found.tags} <= allowed
    for _, attributes in found.tags:
        assert not [name for name in attributes if name.startswith("on")]
    assert [attributes["href"] for tag, attributes in found.tags if tag == "a"] == [
        "https://khwan.example/orders/x?a=1&b=2"
    ]
    assert "".join(found.words).count(word.split("\n")[0]) >= 6


@pytest.mark.parametrize(
    "address", ['https://x.example/"onclick="x', "https://x.example/<b>", "https://x.example/&amp;"]
)
def test_an_address_cannot_leave_its_attribute(address: str) -> None:
    found = Elements(to_html(letter(blocks=(Button("Go", address),)), PLAIN))
    assert [attributes["href"] for tag, attributes in found.tags if tag == "a"] == [address]


@pytest.mark.parametrize(
    "token", ["red;background:url(//evil.example)", "#12", "url(x)", "#fffffff00", "expression(1)", "", None, 7]
)
def test_a_token_that_is_no_colour_falls_back(token: object) -> None:
    tokens = {"surface": token, "ink": token, "accent": token, "font_body": "x;}</style>"}
    assert dress_of("Khwan", tokens) == PLAIN


def test_a_brand_s_colours_are_put_inline() -> None:
    document = to_html(letter(), dress_of("Khwan", {"accent": "#2a3d70", "font_body": "Georgia, serif"}))
    (button,) = [attributes for tag, attributes in Elements(document).tags if tag == "a"]
    assert "#2a3d70" in str(button["style"])


@pytest.mark.parametrize(("locale", "direction"), [("ar", "rtl"), ("th", "ltr")])
def test_a_letter_has_its_language_and_direction(locale: str, direction: str) -> None:
    found = Elements(to_html(letter("سلام", locale=locale, direction=direction), PLAIN))
    (page,) = [attributes for tag, attributes in found.tags if tag == "html"]
    assert (page["lang"], page["dir"]) == (locale, direction)


def test_nothing_is_fetched_from_elsewhere() -> None:
    document = to_html(letter(), PLAIN)
    assert "src=" not in document and "@import" not in document and "url(" not in document


def test_the_text_says_the_same_without_any_mark_up() -> None:
    assert to_text(letter("Hello <b>")) == (
        "HELLO <B>\n\nHello <b>\nsecond line\n\nHello <b>  1\nTotal  Hello <b>\n\n"
        "Hello <b>:\nhttps://khwan.example/orders/x?a=1&b=2\n\nHello <b>\n"
    )
