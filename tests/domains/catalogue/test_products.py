"""What saving a product does, and what it leaves alone."""

from __future__ import annotations

import dataclasses
import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.domains.catalogue import actions, queries
from app.domains.catalogue.errors import (
    CategoryUnknown,
    ProductNotFound,
    ProductNotValid,
    SkuTaken,
    SlugTaken,
)
from app.domains.catalogue.types import CategoryStep, PictureInput, ProductFilter, VariantInput
from app.domains.sellers.errors import SellerNotFound
from app.kit.clock import FixedClock
from app.kit.errors import PermissionDenied, StaleVersion
from app.kit.scope import Scope
from tests.factories import catalogue

ROWS = """
    SELECT 'product', id, version, xmin::text FROM catalogue_products
    UNION ALL SELECT 'variant', id, version, xmin::text FROM catalogue_variants
    UNION ALL SELECT 'offer', id, version, xmin::text FROM catalogue_offers
    UNION ALL SELECT 'category', id, version, xmin::text FROM catalogue_categories
    UNION ALL SELECT slug, coalesce(product_id, category_id), version, xmin::text FROM catalogue_slugs
    UNION ALL SELECT 'event', id, sequence, xmin::text FROM event
    ORDER BY 1, 2
"""


def rows(scope: Scope) -> list[tuple]:
    """Every row of the catalogue with its version; `xmin` betrays an UPDATE that changed nothing visible."""
    with scope.transaction() as unit:
        return [tuple(row) for row in unit.db.execute(text(ROWS))]


def events(scope: Scope) -> list[str]:
    with scope.transaction() as unit:
        wanted = "SELECT payload ->> 'change' FROM event WHERE name = 'catalogue.product_changed' ORDER BY position"
        return list(unit.db.scalars(text(wanted)))


def test_a_product_is_saved_whole(system_scope: Scope) -> None:
    wanted = catalogue.product(
        category_path=(CategoryStep("home", {"en": "Home"}), CategoryStep("home/silk", {"en": "Silk"}))
    )
    saved = catalogue.save(system_scope, wanted)
    assert saved.status == "created"
    assert list(saved.offers) == [variant.sku for variant in wanted.variants]
    with system_scope.transaction() as unit:
        found = queries.get_product(unit, saved.product_id)
        offers = queries.list_offers(unit, saved.offers.values())
        leaf = queries.find_category_by_code(unit, "home/silk")
        root = queries.find_category_by_code(unit, "home")
    assert found.title == wanted.title and found.options == wanted.options and found.keywords == wanted.keywords
    assert found.slug["en"].startswith("silk-scarf-") and found.slug["th"].startswith("ผ้าพันคอไหม-")
    assert leaf is not None and root is not None
    assert found.category_code == "home/silk" and leaf.parent_id == root.id
    medium = offers[saved.offers[wanted.variants[0].sku]]
    assert medium.options == (({"th": "ขนาด", "en": "Size"}, {"en": "Medium"}),)
    assert medium.is_sellable and medium.weight_g == 120 and medium.product_id == saved.product_id


def test_the_same_input_changes_no_row_and_announces_nothing(system_scope: Scope) -> None:
    wanted = catalogue.product(category_path=(CategoryStep("home", {"en": "Home"}),))
    first = catalogue.save(system_scope, wanted)
    before = rows(system_scope)
    again = catalogue.save(system_scope, wanted)
    assert again == dataclasses.replace(first, status="unchanged")
    assert rows(system_scope) == before


def test_what_is_read_can_be_saved_back_unchanged(system_scope: Scope) -> None:
    saved = catalogue.save(system_scope)
    before = rows(system_scope)
    with system_scope.transaction() as unit:
        read = queries.get_product(unit, saved.product_id).as_input()
    assert catalogue.save(system_scope, read).status == "unchanged"
    assert rows(system_scope) == before


def test_an_archived_product_saved_back_unchanged_keeps_when_it_was_archived(system_scope: Scope) -> None:
    wanted = catalogue.product(status="archived")
    catalogue.save(system_scope, wanted)
    before = rows(system_scope)
    later = system_scope.with_values(clock=FixedClock(system_scope.now() + timedelta(hours=1)))
    assert catalogue.save(later, wanted).status == "unchanged"
    assert rows(system_scope) == before


@pytest.mark.parametrize(
    "change",
    [
        {"title": {"en": "Another"}},
        {"brand": "Other"},
        {"status": "draft"},
        {"keywords": {}},
        {"tax_category": "reduced"},
        {"slug": {"en": "another-address"}},
    ],
)
def test_each_change_raises_the_version_once_and_is_announced_once(system_scope: Scope, change: dict) -> None:
    wanted = catalogue.product()
    saved = catalogue.save(system_scope, wanted)
    assert catalogue.save(system_scope, dataclasses.replace(wanted, **change)).status == "changed"
    with system_scope.transaction() as unit:
        assert queries.get_product(unit, saved.product_id).version == 2
    assert events(system_scope) == ["created", "changed"]


def test_a_variant_that_is_left_out_is_archived_and_comes_back_under_its_sku(system_scope: Scope) -> None:
    wanted = catalogue.product()
    saved = catalogue.save(system_scope, wanted)
    sku = wanted.variants[1].sku
    shorter = dataclasses.replace(wanted, variants=wanted.variants[:1])
    assert catalogue.save(system_scope, shorter).status == "changed"
    with system_scope.transaction() as unit:
        assert len(queries.get_product(unit, saved.product_id).variants) == 1
        assert not queries.get_offer(unit, saved.offers[sku]).is_sellable
    assert catalogue.save(system_scope, shorter).status == "unchanged"
    back = catalogue.save(system_scope, wanted)
    assert back.offers == saved.offers
    with system_scope.transaction() as unit:
        assert queries.get_offer(unit, saved.offers[sku]).is_sellable


def test_a_paused_offer_stays_paused_when_its_variant_goes_and_returns(system_scope: Scope, staff_scope: Scope) -> None:
    wanted = catalogue.product()
    saved = catalogue.save(system_scope, wanted)
    offer_id = saved.offers[wanted.variants[1].sku]
    with staff_scope.transaction() as unit:
        actions.pause_offer(unit, offer_id)
        actions.pause_offer(unit, offer_id)
    catalogue.save(system_scope, dataclasses.replace(wanted, variants=wanted.variants[:1]))
    catalogue.save(system_scope, wanted)
    with staff_scope.transaction() as unit:
        assert not queries.get_offer(unit, offer_id).is_sellable
        actions.resume_offer(unit, offer_id)
        assert queries.get_offer(unit, offer_id).is_sellable
    assert events(system_scope) == ["created", "changed", "changed", "changed", "changed"]


def test_a_sku_is_never_moved_to_another_product(system_scope: Scope) -> None:
    first = catalogue.product()
    catalogue.save(system_scope, first)
    thief = catalogue.product(options=(), variants=(VariantInput(first.variants[0].sku),))
    before = rows(system_scope)
    with pytest.raises(SkuTaken):
        catalogue.save(system_scope, thief)
    assert rows(system_scope) == before


def test_two_who_save_the_same_new_product_at_once_make_one(system_scope: Scope) -> None:
    wanted = catalogue.product()
    with system_scope.transaction() as unit:
        catalogue.save_own_seller(unit)
    gate = threading.Barrier(4)
    found = []

    def save() -> None:
        gate.wait()
        with system_scope.transaction() as unit:
            found.append(actions.save_product(unit, wanted))

    threads = [threading.Thread(target=save) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(saved.status for saved in found) == ["created", "unchanged", "unchanged", "unchanged"]
    assert len({saved.product_id for saved in found}) == 1


def test_a_wrong_product_names_every_fault_and_stores_nothing(system_scope: Scope) -> None:
    wrong = catalogue.product(title={}, slug={"en": "Not an address"}, options=())
    with pytest.raises(ProductNotValid) as caught:
        catalogue.save(system_scope, wrong)
    fields = [problem["field"] for problem in caught.value.facts["problems"]]
    assert fields == ["title", "slug.en", "variants.0.options", "variants.1.options"]
    assert rows(system_scope) == []


def test_an_unknown_category_is_refused(system_scope: Scope) -> None:
    with pytest.raises(CategoryUnknown):
        catalogue.save(system_scope, catalogue.product(category_code="nowhere"))
    assert rows(system_scope) == []


def test_without_an_own_seller_nothing_is_saved(system_scope: Scope) -> None:
    with pytest.raises(SellerNotFound), system_scope.transaction() as unit:
        actions.save_product(unit, catalogue.product())
    assert rows(system_scope) == []


def test_guests_may_read_and_not_write(system_scope: Scope, scope: Scope) -> None:
    saved = catalogue.save(system_scope)
    with scope.transaction() as unit:
        assert queries.get_product(unit, saved.product_id).id == saved.product_id
        with pytest.raises(PermissionDenied):
            actions.save_product(unit, catalogue.product())
        with pytest.raises(PermissionDenied):
            actions.archive_product(unit, saved.product_id)
        with pytest.raises(PermissionDenied):
            queries.list_products_for_staff(unit)


def test_a_stale_edit_is_refused_and_changes_nothing(system_scope: Scope) -> None:
    wanted = catalogue.product()
    saved = catalogue.save(system_scope, wanted)
    catalogue.save(system_scope, dataclasses.replace(wanted, brand="Second"))
    before = rows(system_scope)
    with pytest.raises(StaleVersion), system_scope.transaction() as unit:
        actions.save_product(unit, dataclasses.replace(wanted, brand="Third"), if_version=1)
    assert rows(system_scope) == before
    with system_scope.transaction() as unit:
        actions.save_product(unit, dataclasses.replace(wanted, brand="Third"), if_version=2)
        assert queries.get_product(unit, saved.product_id).brand == "Third"


def test_archiving_and_publishing_are_audited_and_happen_once(system_scope: Scope, staff_scope: Scope) -> None:
    saved = catalogue.save(system_scope)
    with staff_scope.transaction() as unit:
        actions.archive_product(unit, saved.product_id)
        actions.archive_product(unit, saved.product_id)
        assert not queries.get_offer(unit, next(iter(saved.offers.values()))).is_sellable
        actions.publish_product(unit, saved.product_id)
    with system_scope.transaction() as unit:
        audit = unit.db.execute(text("SELECT verb, before, after, actor ->> 'kind' FROM tenancy_audit_entries"))
        assert [tuple(row) for row in audit] == [
            ("archive", {"status": "active"}, {"status": "archived"}, "staff"),
            ("publish", {"status": "archived"}, {"status": "active"}, "staff"),
        ]
    assert events(system_scope) == ["created", "archived", "published"]


def test_another_tenant_does_not_see_it(system_scope: Scope, other_system_scope: Scope) -> None:
    saved = catalogue.save(system_scope)
    with other_system_scope.transaction() as unit:
        with pytest.raises(ProductNotFound):
            queries.get_product(unit, saved.product_id)
        with pytest.raises(ProductNotFound):
            actions.archive_product(unit, saved.product_id)
        assert queries.list_offers(unit, saved.offers.values()) == {}


def test_addresses_that_nobody_fetched_leave_the_pictures_alone(system_scope: Scope) -> None:
    wanted = catalogue.product(pictures=(PictureInput(url="https://example.com/a.png"),))
    saved = catalogue.save(system_scope, wanted)
    with system_scope.transaction() as unit:
        assert queries.get_product(unit, saved.product_id).pictures == ()


# -- addresses -------------------------------------------------------------------------------------------------


def test_a_former_address_leads_on_to_the_current_one(system_scope: Scope) -> None:
    wanted = catalogue.product(slug={"en": "old-scarf", "th": "ผ้าเก่า"})
    saved = catalogue.save(system_scope, wanted)
    catalogue.save(system_scope, dataclasses.replace(wanted, slug={"en": "new-scarf"}))
    with system_scope.transaction() as unit:
        old = queries.find_page(unit, "product", "old-scarf", "en")
        new = queries.find_page(unit, "product", "new-scarf", "en")
        thai = queries.find_page(unit, "product", "ผ้าเก่า", "en")
        assert queries.find_page(unit, "product", "never", "en") is None
        assert queries.find_page(unit, "category", "new-scarf", "en") is None
    assert old is not None and new is not None and thai is not None
    assert (old.target_id, old.slug, old.is_current) == (saved.product_id, "new-scarf", False)
    assert (new.slug, new.is_current) == ("new-scarf", True)
    assert (thai.slug, thai.is_current) == ("new-scarf", False)


def test_an_address_goes_back_to_a_former_one(system_scope: Scope) -> None:
    wanted = catalogue.product(slug={"en": "first"})
    catalogue.save(system_scope, wanted)
    catalogue.save(system_scope, dataclasses.replace(wanted, slug={"en": "second"}))
    assert catalogue.save(system_scope, wanted).status == "changed"
    with system_scope.transaction() as unit:
        second = queries.find_page(unit, "product", "second", "en")
    assert second is not None and second.slug == "first" and not second.is_current


def test_a_current_address_of_another_product_is_refused(system_scope: Scope) -> None:
    catalogue.save(system_scope, catalogue.product(slug={"en": "taken"}))
    before = rows(system_scope)
    with pytest.raises(SlugTaken):
        catalogue.save(system_scope, catalogue.product(slug={"en": "taken"}))
    assert rows(system_scope) == before


def test_equal_titles_get_numbered_addresses_that_stay(system_scope: Scope) -> None:
    title = {"en": "Silk Scarf"}
    inputs = [catalogue.product(title=title) for _ in range(3)]
    ids = [catalogue.save(system_scope, wanted).product_id for wanted in inputs]
    again = [catalogue.save(system_scope, wanted).status for wanted in inputs]
    retitled = catalogue.save(system_scope, dataclasses.replace(inputs[0], title={"en": "Another"}))
    with system_scope.transaction() as unit:
        found = queries.list_products(unit, ids)
    assert [found[product_id].slug["en"] for product_id in ids] == ["silk-scarf", "silk-scarf-2", "silk-scarf-3"]
    assert again == ["unchanged"] * 3 and retitled.status == "changed"


def test_a_page_without_an_address_in_a_language_is_shown_under_the_one_it_has(system_scope: Scope) -> None:
    saved = catalogue.save(system_scope, catalogue.product(title={"th": "ผ้าไหม"}))
    with system_scope.transaction() as unit:
        found = queries.find_page(unit, "product", "ผ้าไหม", "en")
    assert found is not None and found.is_current and found.target_id == saved.product_id


# -- lists -----------------------------------------------------------------------------------------------------


def test_the_staff_list_is_filtered_and_goes_on_by_cursor(system_scope: Scope, staff_scope: Scope) -> None:
    made = [catalogue.save(system_scope).product_id for _ in range(5)]
    draft = catalogue.product(status="draft", title={"th": "กระเป๋า_100%"}, brand="Bag")
    draft_id = catalogue.save(system_scope, draft).product_id
    with staff_scope.transaction() as unit:
        seen: list[str] = []
        cursor = None
        while True:
            found = queries.list_products_for_staff(unit, cursor=cursor, limit=2)
            seen += [row.id for row in found.rows]
            cursor = found.next_cursor
            if cursor is None:
                break

        def ids_of(**values: Any) -> list[str]:
            return [row.id for row in queries.list_products_for_staff(unit, ProductFilter(**values)).rows]

        assert seen == [draft_id, *reversed(made)]
        assert ids_of(status="draft") == [draft_id]
        assert ids_of(text="กระเป๋า") == [draft_id]
        assert ids_of(text="100%") == [draft_id]
        assert ids_of(text="%") == [draft_id], "a percent sign is a letter"
        assert ids_of(text=draft.variants[0].sku.lower()) == [draft_id]
        assert ids_of(text="th") == [], "the name of a language is no word of a title"
        assert queries.count_products_for_staff(unit, ProductFilter(status="active")) == 5
        assert queries.list_product_ids(unit, limit=2) == made[:2]
        assert queries.list_product_ids(unit, after=made[1], limit=2) == made[2:4]
