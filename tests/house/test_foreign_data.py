"""The software does not know the data it is tested with: names from data sets of others stand nowhere in `app/`."""

from __future__ import annotations

import csv
import gzip
import json
import re
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from .gates import Tree
from .gates.words import SAMPLE_LENGTH, data_gate

EACH = 150
TITLE = re.compile(rb'"title": "([^"\\]{12,200})"')


def icecat_titles(data: Path) -> Iterator[str]:
    """Titles from the beginning of a catalogue of electronics, read without unpacking all of it."""
    path = data / "catalogue-icecat-electronics" / "products-1.json.zip"
    with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[0]) as file:
        beginning = file.read(2_000_000)
    yield from (match[1].decode() for match in TITLE.finditer(beginning))


def picture_names(data: Path) -> Iterator[str]:
    """CLDR's Thai and Arabic names of pictures; English ones would be everyday phrases."""
    for language in ("th", "ar"):
        path = data / "i18n-search-cldr" / f"annotations.{language}.json.gz"
        with gzip.open(path, "rt", encoding="utf-8") as file:
            annotations = json.load(file)["annotations"]["annotations"]
        names = (name for entry in annotations.values() for name in entry.get("tts", ()))
        yield from islice((name for name in names if len(name) >= SAMPLE_LENGTH), EACH)


def tokopedia_names(data: Path) -> Iterator[str]:
    with (data / "catalogue-tokopedia-indonesia" / "prdect-id.csv").open(encoding="utf-8", newline="") as file:
        yield from (row["Product Name"] for row in csv.DictReader(file))


def test_no_name_of_a_data_set_stands_in_the_code(house: Tree, data: Path) -> None:
    samples = [
        *islice(icecat_titles(data), EACH),
        *picture_names(data),
        *islice(dict.fromkeys(tokopedia_names(data)), EACH),
    ]
    assert len(samples) == 4 * EACH, "a data set has changed its shape: nothing would be looked for"
    findings = data_gate(samples)(house)
    assert not findings, "\n".join(map(str, findings))


def test_a_planted_name_is_found() -> None:
    tree = Tree.planted({"app/domains/search/rules.py": 'WORDS = (\n    "Lamp of Somebody 3000",\n)\n'})
    findings = data_gate(["Lamp of Somebody 3000", "short"])(tree)
    assert [(finding.path, finding.line) for finding in findings] == [("app/domains/search/rules.py", 2)]


def test_short_words_are_no_sign_of_somebody_elses_data() -> None:
    tree = Tree.planted({"app/domains/search/rules.py": 'WORD = "short"\n'})
    assert data_gate(["short"])(tree) == []
