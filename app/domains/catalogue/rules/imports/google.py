"""Google Merchant's product data: RSS 2.0 or Atom with the `g:` namespace, or a table separated by tabs.

https://support.google.com/merchants/answer/7052112 (attributes), …/14991436 (XML), …/12631822 (text). An item is a
variant; the items of one `item_group_id` are one product and stand together. Prices carry their currency, which must
be the tenant's. `price` is the former price where a `sale_price` is lower. Only XML without a document type is read:
no entity is expanded, no address is opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from app.domains.catalogue.rules.imports.draft import Draft
from app.domains.catalogue.rules.imports.opening import Recoded
from app.domains.catalogue.rules.imports.problems import problem
from app.domains.catalogue.rules.imports.rows import LONGEST_LINE, Group, Row, group_rows, read_rows
from app.domains.catalogue.rules.imports.texts import tidy
from app.domains.catalogue.rules.slugs import is_slug, slugify
from app.domains.catalogue.types import Attribute, PictureInput, ProductInput, RowProblem, VariantInput

NAMESPACE = "http://base.google.com/ns/1.0"
OPTIONS = ("color", "size", "material", "pattern")
"""Attributes by which the items of a group differ."""
OPTION_SECTION = "Option"
"""Details of this section are options that Google has no attribute for: our own export writes them so."""
UNITS = {"g": "1", "kg": "1000", "lb": "453.59237", "oz": "28.349523125"}
KEY = "item_group_id"
COLUMNS = {"title": "title", "external_id": KEY, "brand": "brand", "description": "description", "slug": "link"}
_PART, _NEXT = "\x1f", "\x1e"
"""Between the parts of a detail of XML, and between two: signs that XML cannot hold."""
_STEP = 1 << 16
_SPACE = b" \t\r\n\xef\xbb\xbf"


def read_google(
    stream: BinaryIO, *, source: str, locale: str, currency: str
) -> Iterator[ProductInput | RowProblem]:
    """Products and problems in the order of the file, whichever of the two kinds it is."""
    first = stream.readline(_STEP)
    rows = _read_xml(first, stream) if first.lstrip(_SPACE).startswith(b"<") else _read_table(first, stream)
    for group in group_rows(_keyed(rows), KEY):
        if isinstance(group, RowProblem):
            yield group
        else:
            draft = Draft(group.key, source, locale, currency)
            draft.problems.extend(group.problems)
            yield from draft.finish(_product(draft, group), COLUMNS)


class _Again:
    """A stream whose first line has been read already."""

    def __init__(self, first: bytes, stream: BinaryIO) -> None:
        self.first = first
        self.stream = stream

    def readline(self, limit: int = -1) -> bytes:
        if not self.first:
            return self.stream.readline(limit)
        line, self.first = self.first, b""
        if not line.endswith(b"\n") and len(line) == _STEP:
            line += self.stream.readline(limit - len(line))
        return line


def _read_table(first: bytes, stream: BinaryIO) -> Iterator[Row | RowProblem]:
    yield from read_rows(_Again(first, stream), ("id", "title", "price"), "\t", named=_column)


def _column(heading: str) -> str:
    """`Item Group ID`, `g:item_group_id` and `item_group_id` are one."""
    return heading.strip().lower().removeprefix("g:").replace(" ", "_")


def _read_xml(first: bytes, stream: BinaryIO) -> Iterator[Row | RowProblem]:
    """Items as rows. The line is the one in which the item begins."""
    encoding = "utf-8" if isinstance(stream, Recoded) else None
    parser = DefusedXMLParser(encoding=encoding, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    events = XMLPullParser(events=("start", "end"), _parser=parser)
    line, begun, since, count = 1, 1, 0, 0
    block = first
    is_inside = False
    root: list[Element] = []
    try:
        while block:
            events.feed(block)
            for event, element in events.read_events():
                name = _name(element)
                if event == "start":
                    root.append(element)
                    if not is_inside and name in ("item", "entry"):
                        is_inside, begun, since = True, line, 0
                    continue
                root.pop()
                if is_inside and name in ("item", "entry"):
                    is_inside = False
                    count += 1
                    yield Row(begun, line, _values(element))
                if not is_inside and root:
                    # what has been read is let go: memory does not grow with the file
                    root[-1].remove(element)
            line += block.count(b"\n")
            since += len(block)
            if since > 4 * LONGEST_LINE:
                yield problem("line_too_long", begun, is_fatal=True, limit=4 * LONGEST_LINE)
                return
            block = stream.readline(_STEP)
        events.close()
    except ParseError as error:
        yield problem("xml", error.position[0], is_fatal=True, reason=str(error))
        return
    except DefusedXmlException:
        yield problem("xml_forbidden", line, is_fatal=True)
        return
    except (LookupError, ValueError) as error:
        yield problem("xml", line, is_fatal=True, reason=str(error))
        return
    if not count:
        yield problem("no_products", 1, is_fatal=True)


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _values(item: Element) -> dict[str, str]:
    """Children by their names; those of the `g:` namespace win over RSS's own. Lists as the table writes them."""
    found: dict[str, str] = {}
    pictures: list[str] = []
    details: list[str] = []
    for child in item:
        name, text = _name(child), (child.text or "").strip()
        if name == "additional_image_link":
            pictures.append(text)
        elif name == "product_detail":
            parts = {_name(part): (part.text or "").strip() for part in child}
            names = ("section_name", "attribute_name", "attribute_value")
            details.append(_PART.join(parts.get(part, "") for part in names))
        elif name == "link" and child.get("href"):
            found.setdefault(name, child.get("href", ""))
        elif str(child.tag).startswith(f"{{{NAMESPACE}}}") or name not in found:
            found[name] = text
    found.setdefault("description", found.get("summary", ""))
    if pictures:
        found["additional_image_link"] = ",".join(pictures)
    if details:
        found["product_detail"] = _NEXT.join(details)
    return found


def _keyed(rows: Iterable[Row | RowProblem]) -> Iterator[Row | RowProblem]:
    """An item without a group is a product of its own, named by its id."""
    for row in rows:
        if isinstance(row, Row):
            if not row.get(KEY):
                row.values[KEY] = row.values.get("id", "")
            if row.fault is None and not row.get("id"):
                row = Row(row.line, row.last_line, row.values, problem("element_missing", row.line, "id", name="id"))
        yield row


def _product(draft: Draft, group: Group) -> ProductInput | None:
    if not group.rows:
        return None
    first = group.rows[0]
    names = [name for name in OPTIONS if any(row.get(name) for row in group.rows)]
    details = [_details(row) for row in group.rows]
    variants = tuple(
        _variant(draft, row, names, own)
        for row, own in zip(group.rows, details, strict=True)
    )
    path = draft.category(first.get("product_type") or first.get("google_product_category"), ">")
    slug = _slug(first.get("link"))
    return ProductInput(
        external_id=draft.key,
        source=draft.source,
        title=draft.text(first.get("title")),
        slug=draft.text(slug),
        category_code=path[-1].code if path else None,
        category_path=path,
        brand=first.get("brand"),
        description=draft.text(tidy(first.get("description"))),
        attributes=_attributes(draft, details[0]),
        options=draft.options,
        variants=variants,
        pictures=_pictures(draft, group.rows),
        line=group.line,
        last_line=group.last_line,
    )


def _variant(draft: Draft, row: Row, names: list[str], details: list[tuple[str, str, str]]) -> VariantInput:
    chosen: dict[str, str] = {}
    wanted = [(name.capitalize(), row.get(name)) for name in names]
    wanted += [(name, value) for section, name, value in details if section == OPTION_SECTION]
    for name, value in wanted:
        if value:
            code, value_code = draft.choose(name, value)
            chosen[code] = value_code
    regular = draft.price(_amount(draft, row, "price"), row.line, "price")
    sale = draft.price(_amount(draft, row, "sale_price"), row.line, "sale_price")
    price, former = (sale, regular) if sale is not None and regular is not None and sale < regular else (regular, None)
    if not row.get("price"):
        draft.fail("element_missing", row.line, "price", name="price")
    number, _, unit = row.get("shipping_weight").partition(" ")
    is_out = row.get("availability").replace(" ", "_").lower() == "out_of_stock"
    return VariantInput(
        sku=row.get("id"),
        options=chosen,
        gtin=draft.gtin(row.get("gtin"), row.line, "gtin"),
        price=price,
        compare_at=former,
        # how many there are is not said; none is
        stock=0 if is_out else None,
        weight_g=draft.grams(number, row.line, "shipping_weight", draft.factor(UNITS, unit.strip())),
    )


def _amount(draft: Draft, row: Row, column: str) -> str:
    """`1290.00 THB` in the tenant's currency, without it; another one is told of, never converted."""
    number, _, currency = row.get(column).partition(" ")
    if number and currency.strip().upper() != draft.currency:
        draft.fail("price_currency", row.line, column, value=row.get(column), currency=draft.currency)
        return ""
    return number


def _details(row: Row) -> list[tuple[str, str, str]]:
    """(section, name, value). In the table they are `section:name:value`, separated by commas."""
    text = row.get("product_detail")
    if _PART in text:
        parts = [entry.split(_PART) for entry in text.split(_NEXT)]
    else:
        parts = [entry.split(":") for entry in text.split(",")] if text else []
    return [(entry[0].strip(), entry[1].strip(), entry[2].strip()) for entry in parts if len(entry) == 3]


def _attributes(draft: Draft, details: list[tuple[str, str, str]]) -> tuple[Attribute, ...]:
    found: dict[str, Attribute] = {}
    for section, name, value in details:
        if section != OPTION_SECTION and name and value:
            code = slugify(name) or name
            found.setdefault(code, Attribute(code, draft.text(name), draft.text(value)))
    return tuple(found.values())


def _slug(link: str) -> str:
    """The last part of the product's address, where it can be one of ours."""
    try:
        last = unquote(urlsplit(link).path.rstrip("/").rpartition("/")[2])
    except ValueError:
        return ""
    return last if is_slug(last) else slugify(last)


def _pictures(draft: Draft, rows: tuple[Row, ...]) -> tuple[PictureInput, ...] | None:
    """Addresses, none of which is fetched; None if the file has none: the product keeps its pictures."""
    found: dict[str, PictureInput] = {}
    for row in rows:
        more = [address.strip() for address in row.get("additional_image_link").split(",")]
        named = [("image_link", row.get("image_link")), *(("additional_image_link", address) for address in more)]
        for column, address in named:
            if address and address not in found:
                found[address] = PictureInput(url=address)
                draft.note("not_fetched", row.line, column, value=address)
    return tuple(found.values()) or None
