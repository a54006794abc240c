"""HTML of other systems becomes plain paragraphs: that is what a description is here."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = {
    "address", "article", "aside", "blockquote", "center", "dd", "div", "dl", "dt", "figcaption", "figure", "footer",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main", "ol", "p", "pre", "section", "table", "tr", "ul",
}  # fmt: skip
_UNSEEN = {"script", "style", "template", "head", "title", "noscript", "iframe", "object", "svg"}
_CELLS = {"td", "th"}


class _Paragraphs(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[list[str]] = [[]]
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self.unseen += 1
        elif tag in _BLOCKS:
            self.blocks.append([])
        elif tag == "li":
            self.blocks[-1].append("\n• ")
        elif tag == "br":
            self.blocks[-1].append("\n")
        elif tag in _CELLS:
            self.blocks[-1].append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self.unseen = max(0, self.unseen - 1)
        elif tag in _BLOCKS:
            self.blocks.append([])

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.blocks[-1].append(re.sub(r"[ \t\r\n\f]+", " ", data))


def plain_text(html: str) -> str:
    """Paragraphs separated by an empty line; list entries begin with `• `; scripts and styles are gone.

    A text without any mark-up keeps its own lines.
    """
    if "<" not in html and "&" not in html:
        return tidy(html)
    parser = _Paragraphs()
    parser.feed(html)
    parser.close()
    paragraphs = []
    for block in parser.blocks:
        lines = [re.sub(r" +", " ", line).strip() for line in "".join(block).split("\n")]
        paragraph = "\n".join(line for line in lines if line)
        if paragraph:
            paragraphs.append(paragraph)
    return "\n\n".join(paragraphs)


def tidy(text: str) -> str:
    """Line ends of one kind, no blanks at their ends, at most one empty line in a row."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
