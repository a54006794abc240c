"""Catalogues of others, joined from their source files to JSON Lines that `serai catalogue import` takes.

    .venv/bin/python -m bench.sources icecat ../shared/data/catalogue-icecat-electronics > electronics.jsonl
    .venv/bin/python -m bench.sources olist ../shared/data/catalogue-olist-brazil > olist.jsonl
    .venv/bin/python -m bench.sources adventureworks ../shared/data/catalogue-adventureworks > bicycles.jsonl

Prices are written as they are, in the currency of whoever imports them: they are samples. Nothing is fetched.
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
import zipfile
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

STOCK = 10
KINDS = {"attr_t_": "", "attr_n_": "decimal", "attr_b_": "boolean"}
GRAMS = {"LB": Decimal("453.59237"), "G": Decimal(1)}
CULTURES = {"en": "en", "ar": "ar", "fr": "fr", "th": "th", "he": "he", "zh-cht": "zh-Hans"}


def icecat(folder: Path) -> Iterator[dict[str, Any]]:
    """Electronics: one language, typed attributes, prices in cents; some have none and are not for sale."""
    for path in sorted(folder.glob("products-*.json.zip")):
        with zipfile.ZipFile(path) as archive:
            for entry in json.loads(archive.read(archive.namelist()[0]), parse_float=Decimal):
                yield _electronics(entry)


def _electronics(entry: dict[str, Any]) -> dict[str, Any]:
    attributes = []
    for name, value in entry.items():
        kind = KINDS.get(name[:7])
        if kind is None or value in ("", None):
            continue
        fact: dict[str, Any] = {"code": name[7:], "label": {"en": _humanise(name[7:])}}
        if kind == "decimal":
            number = Decimal(value)
            whole = number.to_integral()
            fact |= {"kind": kind, "data": format(whole if whole == number else number, "f")}
        elif kind == "boolean":
            fact |= {"kind": kind, "data": bool(value)}
        else:
            fact["value"] = {"en": str(value)}
        attributes.append(fact)
    variant: dict[str, Any] = {"sku": entry["id"], "stock": STOCK}
    if entry.get("price"):
        variant["price"] = format(Decimal(entry["price"]) / 100, ".2f")
    if entry.get("ean"):
        variant["gtin"] = entry["ean"][0]
    product = {
        "external_id": entry["id"],
        "title": {"en": entry["title"][:300]},
        "summary": {"en": entry.get("short_description") or ""},
        "brand": entry.get("supplier") or "",
        "keywords": {"en": [entry["name"][:200]]} if entry.get("name") else {},
        "attributes": attributes,
        "variants": [variant],
    }
    if entry.get("img_high"):
        product["pictures"] = [{"url": entry["img_high"]}]
    return product


def olist(folder: Path) -> Iterator[dict[str, Any]]:
    """Goods with measures and categories in two languages; the source has neither names nor prices of them."""
    with (folder / "product_category_name_translation.csv").open(encoding="utf-8-sig", newline="") as file:
        english = {row["product_category_name"]: row["product_category_name_english"] for row in csv.DictReader(file)}
    with gzip.open(next(folder.glob("olist_products*.csv.gz")), "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            code = row["product_category_name"]
            names = {"pt": _humanise(code), "en": _humanise(english.get(code, code))} if code else {}
            short = row["product_id"][:8]
            measures = [
                {
                    "code": side,
                    "label": {"en": side.capitalize()},
                    "kind": "integer",
                    "data": int(row[f"product_{side}_cm"]),
                    "unit": "cm",
                }
                for side in ("length", "height", "width")
                if row[f"product_{side}_cm"]
            ]
            variant: dict[str, Any] = {"sku": row["product_id"]}
            if row["product_weight_g"]:
                variant["weight_g"] = int(row["product_weight_g"])
            yield {
                "external_id": row["product_id"],
                "title": {locale: f"{name} {short}" for locale, name in names.items()} or {"en": short},
                "category_path": [{"code": code, "name": names}] if code else [],
                "attributes": measures,
                "variants": [variant],
            }


def adventureworks(folder: Path) -> Iterator[dict[str, Any]]:
    """Bicycles: a product for each model, its colours and sizes as variants, descriptions in six languages."""
    descriptions = {row[0]: row[1] for row in _table(folder, "ProductDescription")}
    told: dict[str, dict[str, str]] = {}
    for model, description, culture, *_ in _table(folder, "ProductModelProductDescriptionCulture"):
        if culture.strip() in CULTURES:
            told.setdefault(model, {})[CULTURES[culture.strip()]] = descriptions[description]
    models = {row[0]: row[1] for row in _models(folder)}
    categories = {row[0]: row[1] for row in _table(folder, "ProductCategory")}
    below = {row[0]: (row[1], row[2]) for row in _table(folder, "ProductSubcategory")}
    stock: dict[str, int] = {}
    for product, _, _, _, count, *_ in _table(folder, "ProductInventory"):
        stock[product] = stock.get(product, 0) + int(count)
    sold = [row for row in _table(folder, "Product") if row[19].strip() and Decimal(row[9]) > 0]
    sold.sort(key=lambda row: (int(row[19]), int(row[0])))
    for model, rows in groupby(sold, key=lambda row: row[19].strip()):
        yield _bicycle(model, list(rows), models[model], told.get(model, {}), categories, below, stock)


def _bicycle(
    model: str,
    rows: list[list[str]],
    name: str,
    description: dict[str, str],
    categories: dict[str, str],
    below: dict[str, tuple[str, str]],
    stock: dict[str, int],
) -> dict[str, Any]:
    names = {"color": 5, "size": 10}
    options = {code: at for code, at in names.items() if len({row[at].strip() for row in rows}) > 1}
    variants, seen = [], set()
    for row in rows:
        chosen = {code: row[at].strip().lower().replace("/", "-") or "none" for code, at in options.items()}
        if tuple(chosen.values()) in seen:
            continue
        seen.add(tuple(chosen.values()))
        variant: dict[str, Any] = {
            "sku": row[2],
            "options": chosen,
            "price": format(Decimal(row[9]).quantize(Decimal("0.01")), "f"),
            "stock": stock.get(row[0], 0),
        }
        if row[13].strip():
            grams = Decimal(row[13]) * GRAMS[row[12].strip()]
            variant["weight_g"] = int(grams.quantize(Decimal(1), ROUND_HALF_UP))
        variants.append(variant)
    parent, child = below[rows[0][18].strip()] if rows[0][18].strip() else ("", "")
    path = [categories[parent], child] if parent else []
    codes = [step.lower().replace(" ", "-") for step in path]
    return {
        "external_id": model,
        "title": {"en": name},
        "description": description,
        "category_path": [
            {"code": "/".join(codes[: depth + 1]), "name": {"en": step}} for depth, step in enumerate(path)
        ],
        "options": [
            {
                "code": code,
                "label": {"en": code.capitalize()},
                "values": [
                    {"code": value, "label": {"en": value.capitalize()}}
                    for value in dict.fromkeys(variant["options"][code] for variant in variants)
                ],
            }
            for code in options
        ],
        "variants": variants,
    }


def _table(folder: Path, name: str) -> Iterator[list[str]]:
    """Tab-separated, without a heading; the files are in several encodings."""
    raw = (folder / f"{name}.csv").read_bytes()
    text = raw.decode("utf-16") if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else raw.decode("utf-8-sig")
    for line in text.splitlines():
        if line:
            yield line.split("\t")


def _models(folder: Path) -> Iterator[list[str]]:
    raw = (folder / "ProductModel.csv").read_bytes()
    text = raw.decode("utf-16") if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else raw.decode("utf-8-sig")
    for entry in text.split("&|"):
        if entry.strip():
            yield entry.strip().split("+|")


def _humanise(code: str) -> str:
    words = " ".join(code.replace("_", " ").split())
    return words[:1].upper() + words[1:]


SOURCES: dict[str, Callable[[Path], Iterator[dict[str, Any]]]] = {
    "icecat": icecat,
    "olist": olist,
    "adventureworks": adventureworks,
}


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or arguments[0] not in SOURCES:
        sys.stderr.write(f"usage: python -m bench.sources {'|'.join(SOURCES)} FOLDER\n")
        return 2
    for document in SOURCES[arguments[0]](Path(arguments[1])):
        sys.stdout.write(json.dumps(document, ensure_ascii=False, default=str) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
