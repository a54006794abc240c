"""Promotions in the scenarios that others wrote in plain words (`cases-sylius-shop`): the same carts, the same sums."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.domains.pricing.scenarios import Shop, Unreadable, read

ABOUT = (
    "Apply correct taxes for an order with a discount applied for all items in it",
    "Apply correct taxes for an order with a discount for an item in it when tax rates are included in price",
    "Receiving fixed discount on cart",
    "Receiving percentage discount promotion on order",
    "Receiving discount in the order defined by promotions' priorities",
    "Applying promotion coupon with usage limit",
    "Receiving discount based on items total",
    "Applying catalog promotion with proper priorities",
)
UNFIT = {
    "Receiving discounts with product minimum price specified": "offers have no lowest price for discounts to respect",
    "Cancelled orders do not affect the usage limit by default": "a whole order: tests/domains/orders/test_coupons.py",
    "Cancelled orders affect usage limit": "a whole order: tests/domains/orders/test_coupons.py",
}
"""Topics and scenarios about promotions that are not run here, and why."""


def topics(data: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((data / "cases-sylius-shop" / "cases.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", ABOUT)
def test_the_scenarios_of_a_topic_have_their_sums(data: Path, name: str) -> None:
    (topic,) = [one for one in topics(data) if one["topic"] == name]
    run = 0
    for scenario in topic["scenarios"]:
        if scenario["title"] in UNFIT:
            continue
        shop = Shop()
        for sentence in (*topic["given"], *scenario["steps"]):
            read(shop, sentence)
        assert shop.told, f"{scenario['title']} expects nothing, so it proves nothing"
        quote = shop.quote()
        for check in shop.told:
            check(quote)
        run += 1
    assert run > 0


def test_a_sentence_that_nobody_understands_is_not_passed_over() -> None:
    with pytest.raises(Unreadable):
        read(Shop(), "And the moon is made of cheese")


def test_a_wrong_sum_is_noticed() -> None:
    shop = Shop()
    for sentence in (
        'Given the store has a product "Mug" priced at "$10.00"',
        'When I add 2 products "Mug" to the cart',
        'Then my cart total should be "$20.01"',
    ):
        read(shop, sentence)
    with pytest.raises(AssertionError):
        shop.told[0](shop.quote())


def test_all_topics_about_promotions_are_run_or_said_to_be_unfit(data: Path) -> None:
    words = ("promotion", "coupon", "discount")
    named = {topic["topic"] for topic in topics(data) if any(word in json.dumps(topic).lower() for word in words)}
    assert named == {*ABOUT, *UNFIT} & named
