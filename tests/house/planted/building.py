"""Sizes, names and walls."""

from .plant import Fault, fault, right

QUERY = "app/domains/orders/queries.py"

FAULTS = [
    fault("no_file_is_longer_than_500_lines", "app/kit/web.py", "x = 1\n" * 501, 500, "501 lines"),
    fault("no_file_is_longer_than_500_lines", "app/faces/api/static/a.css", "a {}\n" * 600, 500, "600 lines"),
    fault("no_face_file_is_longer_than_300_lines", "app/faces/api/orders.py", "x = 1\n" * 301, 300, "301 lines"),
    fault("no_file_has_a_name_that_says_nothing", "app/kit/helpers.py", "x = 1", 1, "`helpers`"),
    fault("no_file_has_a_name_that_says_nothing", "tests/common/carts.py", "x = 1", 1, "`common`"),
    fault("every_file_can_be_parsed", "app/kit/money.py", "a = 1\ndef (:\n", 2, "no Python"),
    fault(
        "rooms_are_entered_by_their_public_files",
        "app/domains/orders/actions.py",
        "from app.domains.pricing.models import Price\n",
        1,
        "`models` of pricing is private",
    ),
    fault(
        "rooms_are_entered_by_their_public_files",
        QUERY,
        "from app.domains.ledger.types import Account\nfrom app.domains.ledger import rules\n",
        2,
        "`rules` of ledger is private",
    ),
    fault(
        "rooms_are_entered_by_their_public_files",
        "app/domains/orders/queries/carts.py",
        "from app.domains.returns.models import Return\n",
        1,
        "`models` of returns is private",
    ),
    fault(
        "rooms_are_entered_by_their_public_files",
        "app/faces/worker/listeners.py",
        "import app.domains.orders.jobs\n",
        1,
        "`jobs` of orders is private",
    ),
    fault(
        "rooms_are_entered_by_their_public_files",
        "app/domains/orders/flows/pay.py",
        "from ...payments.gateways import sandbox\n",
        1,
        "`gateways` of payments is private",
    ),
    fault(
        "rooms_are_entered_by_their_public_files",
        "app/faces/api/orders.py",
        "from app.domains import orders\n",
        1,
        "`app.domains.orders` is no file of a room",
    ),
    fault("rooms_hold_only_the_files_of_the_plan", "app/domains/orders/service.py", "x = 1", 1, "no file of a room"),
    fault("rooms_hold_only_the_files_of_the_plan", "app/domains/orders/reads.sql", "SELECT 1", 1, "no file of a room"),
    fault("rooms_hold_only_the_files_of_the_plan", "app/domains/chat/models.py", "x = 1", 1, "no room of the plan"),
    fault("rooms_hold_only_the_files_of_the_plan", "app/domains/payments/gateways.py", "x = 1", 1, "a folder"),
    Fault(
        "every_folder_of_code_is_a_package",
        "app/domains/orders/actions/__init__.py",
        1,
        "does not look into",
        {"app/domains/orders/__init__.py": "", "app/domains/orders/actions/place.py": ""},
    ),
    fault(
        "a_room_itself_is_empty",
        "app/domains/orders/__init__.py",
        '"""Orders."""\nfrom app.domains.orders.actions import place_order\n',
        2,
        "only a docstring",
    ),
    fault(
        "domains_do_not_know_the_edge",
        "app/domains/orders/flows.py",
        "from app.kit import web\n",
        1,
        "`app.kit.web` belongs to the faces",
    ),
    fault(
        "faces_hold_no_session",
        "app/faces/api/orders.py",
        "def show(scope, statement):\n    return scope.db.execute(statement)\n",
        2,
        "`scope.db`",
    ),
    fault(
        "the_sandbox_provider_is_a_third_party",
        "sandbox_provider/store.py",
        "from app.kit.money import Money\n",
        1,
        "does not know `app.kit.money.Money`",
    ),
    fault(
        "nothing_is_imported_inside_a_function",
        "app/kit/mail.py",
        "import os\n\nclass Outbox:\n    def send(self):\n        if os:\n            import smtplib\n",
        6,
        "stands at the top",
    ),
    fault(
        "code_is_loaded_by_name_in_one_place",
        "app/domains/payments/flows.py",
        "import importlib\n\ngateway = importlib.import_module('x')\n",
        3,
        "app/kit/plugins.py",
    ),
    fault("data_folders_hold_no_code", "tenants/siam/prices.py", "x = 1", 1, "data only"),
    fault(
        "commit_stands_at_the_edge_and_in_flows",
        "app/domains/orders/actions.py",
        "def place_order(scope):\n    scope.db.commit()\n",
        2,
        "a commit stands in",
    ),
    fault(
        "units_of_work_are_opened_by_flows",
        "app/domains/orders/actions.py",
        "def place_order(scope):\n    with scope.transaction() as unit:\n        return unit\n",
        2,
        "only a flow",
    ),
    fault(
        "units_of_work_are_opened_by_flows",
        "app/faces/api/orders.py",
        "def show(engine):\n    with engine.begin() as connection:\n        return connection\n",
        2,
        "only a flow",
    ),
    fault(
        "units_of_work_are_opened_by_flows",
        "app/domains/insight/queries.py",
        "def sums(engine):\n    return engine.execution_options(isolation_level='AUTOCOMMIT')\n",
        2,
        "only a flow",
    ),
]

RIGHTS = [
    right("no_file_is_longer_than_500_lines", "app/kit/web.py", "x = 1\n" * 500),
    right("no_file_has_a_name_that_says_nothing", "app/faces/storefront/templates/base.html", "<p>"),
    right(
        "rooms_are_entered_by_their_public_files",
        QUERY,
        """
        from app.domains.pricing.models import Price
        from app.domains.orders.rules import total
        from app.domains.ledger import queries as ledger
        from app.domains.inventory.errors import InsufficientStock
        """,
    ),
    right("rooms_hold_only_the_files_of_the_plan", "app/domains/orders/actions/place_order.py", "x = 1"),
    right(
        "nothing_is_imported_inside_a_function",
        "app/kit/mail.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import smtplib\n",
    ),
    right("commit_stands_at_the_edge_and_in_flows", "app/domains/orders/flows/pay.py", "def f(s):\n    s.commit()\n"),
    right(
        "units_of_work_are_opened_by_flows",
        "app/domains/ledger/actions.py",
        "def post(scope, ledger):\n    with scope.db.begin_nested():\n        return ledger.transaction(1)\n",
    ),
    right("faces_hold_no_session", "app/faces/api/orders.py", "from flask import session\nsession['cart'] = 1\n"),
]
