"""What the index does later: it follows the catalogue, prices and stock."""

from __future__ import annotations

from app.domains.catalogue.events import AttributesChanged, CategoryChanged, ProductChanged
from app.domains.inventory.events import AvailabilityChanged
from app.domains.pricing.events import PriceChanged
from app.domains.search import actions, flows
from app.domains.search.queries import sources
from app.kit.events import listens
from app.kit.queue import LONG_QUEUE, enqueue, job
from app.kit.scope import Scope


@listens(ProductChanged)
def follow_product(scope: Scope, event: ProductChanged) -> None:
    _index_later(scope, event.product_id)


@listens(PriceChanged)
def follow_price(scope: Scope, event: PriceChanged) -> None:
    product_id = sources.find_product_of_offer(scope.as_system(), event.offer_id)
    if product_id is not None:
        _index_later(scope, product_id)


@listens(AvailabilityChanged)
def follow_availability(scope: Scope, event: AvailabilityChanged) -> None:
    system = scope.as_system()
    product_id = sources.find_product_of_offer(system, event.offer_id)
    if product_id is not None:
        actions.refresh_availability(system, product_id)


@listens(CategoryChanged)
def follow_category(scope: Scope, event: CategoryChanged) -> None:
    if event.change == "changed":
        category_id = event.category_id
        enqueue(scope, "search.index_category", unique=category_id, category_id=category_id)


@listens(AttributesChanged)
def follow_attributes(scope: Scope, event: AttributesChanged) -> None:
    """Values that are facts of another kind now stand in many documents."""
    enqueue(scope, "search.rebuild", unique="attributes")


@job("search.index_product")
def index_product(scope: Scope, *, product_id: str) -> None:
    actions.index_product(scope.as_system(), product_id)


@job("search.index_category", queue=LONG_QUEUE, runs_flow=True)
def index_category(scope: Scope, *, category_id: str) -> None:
    flows.index_category(scope.as_system(), category_id)


@job("search.rebuild", queue=LONG_QUEUE, runs_flow=True)
def rebuild(scope: Scope) -> None:
    flows.rebuild(scope.as_system())


@job("search.count_terms", runs_flow=True)
def count_terms(scope: Scope) -> None:
    flows.count_terms(scope.as_system())


@job("search.forget_rare_misses", every="17 3 * * *")
def forget_rare_misses(scope: Scope) -> None:
    actions.forget_rare_misses(scope.as_system())


def _index_later(scope: Scope, product_id: str) -> None:
    """However often a product changes, it waits for its documents once."""
    enqueue(scope, "search.index_product", unique=product_id, product_id=product_id)
