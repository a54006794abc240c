"""Floats near money; time, chance and the environment past the kit; a tenant named in code."""

from .plant import fault, right

MONEY = "app/kit/money.py"
RULES = "app/domains/pricing/rules/quotes.py"
ACTIONS = "app/domains/orders/actions.py"

FAULTS = [
    fault("no_float_in_a_money_path", MONEY, "RATE = 0.07\n", 1, "the float 0.07"),
    fault("no_float_in_a_money_path", RULES, "def tax(net):\n    return float(net)\n", 2, "float()"),
    fault("no_float_in_a_money_path", RULES, "def half(net):\n    return round(net / 2)\n", 2, "a division"),
    fault("no_float_in_a_money_path", RULES, "def half(net):\n    net /= 2\n    return net\n", 2, "a division"),
    fault(
        "no_float_in_a_money_path",
        RULES,
        "from decimal import Decimal\n\ndef f(x):\n    y = Decimal(x)\n    y = int(y)\n    return x / y\n",
        6,
        "a division",
    ),
    fault("no_float_in_a_money_path", "app/domains/escrow/rules/split.py", "def f(x: float): ...\n", 1, "annotation"),
    fault("no_float_in_a_money_path", RULES, "def f(x) -> dict[str, float]: ...\n", 1, "annotation"),
    fault(
        "no_float_in_a_money_path",
        "app/domains/ledger/models.py",
        "rate = mapped_column(Float())\n",
        1,
        "a column of type Float",
    ),
    fault("time_and_chance_enter_through_the_kit", ACTIONS, "import random\n", 1, "`random`"),
    fault("time_and_chance_enter_through_the_kit", "app/faces/api/carts.py", "from uuid import uuid4\n", 1, "uuid4"),
    fault("time_and_chance_enter_through_the_kit", ACTIONS, "import uuid\n\nx = uuid.uuid4()\n", 3, "`uuid.uuid4`"),
    fault(
        "time_and_chance_enter_through_the_kit",
        ACTIONS,
        "import datetime\n\nplaced_at = datetime.datetime.now(datetime.UTC)\n",
        3,
        "`datetime.now`",
    ),
    fault("nothing_sleeps", "app/kit/processes.py", "import time\n\ntime.sleep(1)\n", 3, "wait for a fact"),
    fault(
        "the_environment_is_read_by_the_settings",
        "app/domains/payments/flows.py",
        "import os\n\nKEY = os.environ['KEY']\n",
        3,
        "settings are read once",
    ),
    fault(
        "no_code_names_a_tenant",
        RULES,
        "def tax(scope):\n    if scope.tenant.slug == 'siam-craft':\n        return 0\n",
        2,
        "'siam-craft'",
    ),
    fault("no_code_names_a_tenant", RULES, "def tax(market):\n    return 7 if 'th' == market else 0\n", 2, "'th'"),
]

RIGHTS = [
    right(
        "no_float_in_a_money_path",
        RULES,
        """
        from decimal import Decimal
        HUNDRED = Decimal(100)
        def tax(net: int, percent: Decimal) -> Decimal:
            return net * percent / HUNDRED + net // 2
        def included(amount: int, rate: Decimal) -> Fraction:
            share = Fraction(rate)
            return amount * share / (1 + share) + amount / rate
        def path(folder):
            return folder / "rates.toml"
        def check(amount):
            if isinstance(amount, float):
                raise TypeError
        """,
    ),
    right("no_float_in_a_money_path", "app/domains/search/rules.py", "BOOST = 0.5\n"),
    right("time_and_chance_enter_through_the_kit", ACTIONS, "def place(scope):\n    return scope.clock.now()\n"),
    right("time_and_chance_enter_through_the_kit", ACTIONS, "import uuid\n\ndef f(x: uuid.UUID): ...\n"),
    right("time_and_chance_enter_through_the_kit", "app/kit/ids.py", "import secrets\n"),
    right("no_code_names_a_tenant", RULES, "def same(tenant, other):\n    return tenant == other\n"),
]
