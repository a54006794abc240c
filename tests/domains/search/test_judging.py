"""nDCG on judgement lists."""

from __future__ import annotations

import math

import pytest

from app.domains.catalogue.types import VariantInput
from app.domains.search import queries
from app.domains.search.errors import JudgementsNotReadable
from app.domains.search.rules.judging import ndcg, read_judgements
from app.kit.scope import Scope
from tests.factories.catalogue import product
from tests.factories.search import price, sell


def test_ndcg_by_hand() -> None:
    """Gains 2^r - 1 over log2(place + 1): 7 and 1 at best; the unrated one in front pushes both down."""
    rated = {"a": 3, "b": 1, "c": 0}
    best = 7 + 1 / math.log2(3)
    assert ndcg(["a", "b"], rated) == pytest.approx(1)
    assert ndcg(["x", "a", "b"], rated) == pytest.approx((7 / math.log2(3) + 1 / 2) / best)
    assert ndcg([], rated) == 0
    assert ndcg(["c"], {"c": 0}) is None


def test_judgements_are_read_and_refused_by_line() -> None:
    assert read_judgements(["query,docid,rating", "tea,1,2", "tea,1,3", "tea,2,0"]) == {"tea": {"1": 3, "2": 0}}
    for lines, line in ((["a,b,c"], 1), (["query,docid,rating", "tea,1,x"], 2), (["query,docid,rating", "tea,,1"], 2)):
        with pytest.raises(JudgementsNotReadable) as refused:
            read_judgements(lines)
        assert refused.value.facts["line"] == line


def test_a_tenants_search_is_judged(system_scope: Scope) -> None:
    for name, title in (("pot", "Tea pot of iron"), ("cup", "Tea cup"), ("box", "Box")):
        variants = (VariantInput(f"J-{name}", price=price("1"), stock=1),)
        wanted = product(external_id=name, title={"en": title}, options=(), variants=variants, keywords={}, brand="")
        sell(system_scope, wanted)
    lines = ["query,docid,rating", "tea cup,cup,3", "tea cup,pot,1", "nothing,box,0"]
    with system_scope.with_values(locale="en").transaction() as unit:
        found = queries.judge(unit, lines)
    assert (found.queries, found.judged, found.ndcg) == (2, 1, pytest.approx(1))
    assert found.ndcg_of_all == pytest.approx(0.5)
    assert 0 < found.plain < 1, "the plain search finds only what has both words"
