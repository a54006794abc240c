"""Steps without permission or scope, permissions without a role, errors without code, text or translation."""

from .plant import Fault, fault, right

ACTIONS = "app/domains/orders/actions.py"
ERRORS = "app/domains/orders/errors.py"
RULES = "app/domains/identity/rules.py"
THAI = "locales/th/LC_MESSAGES/messages.po"
ARABIC = "locales/ar/LC_MESSAGES/messages.po"
HINDI = "locales/hi/LC_MESSAGES/messages.po"
JAPANESE = "locales/ja/LC_MESSAGES/messages.po"
SOLD_OUT = """
class SoldOut(NotPossible):
    code = "orders.sold_out"
    text = "Only %(left)s left."
"""
KINDS = {"app/kit/errors.py": "class Problem(Exception): ...\nclass NotPossible(Problem):\n    status = 409\n"}
DECLARED = '@action("orders.place")\ndef place_order(scope: Scope, cart_id: str): ...\n'


def catalogue(text: str, flags: str = "") -> str:
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    return f'{head}{flags}msgid "Only %(left)s left."\nmsgstr "{text}"\n'


def told(thai: str, says: str) -> Fault:
    files = {**KINDS, ERRORS: SOLD_OUT, THAI: thai, ARABIC: catalogue("%(left)s")}
    return Fault("every_error_is_translated", THAI, 1, says, files)


FAULTS = [
    fault(
        "every_step_declares_its_permission",
        ACTIONS,
        "def place_order(scope: Scope, cart_id: str): ...\n",
        1,
        "`place_order` declares no permission",
    ),
    fault(
        "every_step_declares_its_permission",
        "app/domains/orders/queries/carts.py",
        '@action("orders.read")\ndef get_cart(scope: Scope): ...\n',
        2,
        "@action in queries",
    ),
    fault("every_step_declares_its_permission", ACTIONS, "place_order = lambda scope: None\n", 1, "write a function"),
    fault(
        "every_step_declares_its_permission",
        ACTIONS,
        "class Carts:\n    def empty(self): ...\n",
        2,
        "`Carts.empty`",
    ),
    fault(
        "every_step_takes_the_scope_first",
        ACTIONS,
        '@action("orders.place")\ndef place_order(cart_id: str, scope: Scope): ...\n',
        2,
        "must begin with `scope: Scope`",
    ),
    fault(
        "every_step_takes_the_scope_first",
        ACTIONS,
        '@action("orders.place")\ndef place_order(scope): ...\n',
        2,
        "must begin with `scope: Scope`",
    ),
    fault(
        "the_list_of_undeclared_steps_is_short_and_true",
        "app/domains/provisioning/flows/audit.py",
        "def audit_everything(scope: Scope): ...\n",
        1,
        "list_invariants` needs no exemption",
    ),
    fault(
        "every_permission_is_a_known_text",
        ACTIONS,
        '@action("orders." + VERB)\ndef place_order(scope: Scope): ...\n',
        1,
        "never computed",
    ),
    fault(
        "every_permission_is_a_known_text",
        ACTIONS,
        'def _check(scope):\n    scope.require("Place orders")\n',
        2,
        "'Place orders' is no permission name",
    ),
    fault(
        "every_permission_is_granted",
        ACTIONS,
        DECLARED,
        1,
        "'orders.place' is granted to no role",
        {RULES: 'ROLES = {"shopper": frozenset({"orders.read"})}\n'},
    ),
    fault(
        "every_error_has_a_code_of_its_own", ERRORS, "class A(NotPossible):\n    text = 'x'\n", 1, "no `code`", KINDS
    ),
    fault(
        "every_error_has_a_code_of_its_own",
        ERRORS,
        "class A(NotPossible):\n    code = 'carts.Empty'\n",
        1,
        "must be `orders.snake_case`",
        KINDS,
    ),
    fault(
        "every_error_has_a_code_of_its_own",
        ERRORS,
        "class A(NotPossible):\n    code = 'orders.empty'\nclass B(A):\n    code = 'orders.empty'\n",
        3,
        "B: A has the code 'orders.empty' too",
        KINDS,
    ),
    fault(
        "every_error_has_a_text", ERRORS, "class A(NotPossible):\n    code = 'orders.a'\n", 1, "A has no `text`", KINDS
    ),
    Fault(
        "every_error_is_translated",
        ARABIC,
        1,
        "missing",
        {
            **KINDS,
            ERRORS: SOLD_OUT,
            THAI: catalogue("เหลือ %(left)s"),
            HINDI: catalogue("सिर्फ़ %(left)s बचे हैं।"),
            JAPANESE: catalogue("残り%(left)s点です。"),
            "app/faces/api/carts.py": "",
        },
    ),
    told(catalogue(""), "not translated"),
    told(catalogue("เหลือ %(left)s", "#, fuzzy\n"), "fuzzy"),
    told(catalogue("เหลือน้อย"), "other fields"),
    fault(
        "every_setting_is_in_the_handbook",
        "app/kit/settings.py",
        "class Settings:\n    port: int = 8000\n    pool_size: int = 5\n",
        3,
        "`pool_size` is in no table",
        {"docs/operations.md": "| Setting | Meaning |\n|---|---|\n| `PORT` | where it listens |\n"},
    ),
    fault(
        "every_setting_is_in_the_handbook",
        "docs/operations.md",
        "| Setting | Meaning |\n|---|---|\n| `SERAI_PORT` | x |\n| `pool_size` | y |\n",
        4,
        "`pool_size` is no setting",
        {"app/kit/settings.py": "class Settings:\n    port: int = 8000\n"},
    ),
    Fault(
        "every_setting_is_in_the_handbook",
        "docs/operations.md",
        1,
        "missing",
        {"app/kit/settings.py": "class Settings:\n    port: int = 8000\n", "docs/architecture.md": "# The house\n"},
    ),
]

RIGHTS = [
    right("every_step_declares_its_permission", ACTIONS, f"{DECLARED}def _price(line): ...\n"),
    right(
        "every_step_declares_its_permission",
        "app/domains/tenancy/queries/markets.py",
        "@document_query(PUBLIC)\ndef get_market(scope: Scope): ...\n",
    ),
    right("every_step_declares_its_permission", "app/domains/orders/rules.py", "def total(lines): ...\n"),
    right("every_permission_is_granted", ACTIONS, DECLARED),
    right("every_permission_is_granted", ACTIONS, DECLARED, {RULES: 'STAFF = ("orders.*",)\n'}),
    right(
        "every_permission_is_granted",
        ACTIONS,
        "PLACE = 'orders.place'\n@action(PLACE)\ndef place(scope: Scope): ...\n"
        "@action(SYSTEM_ONLY)\ndef sweep(scope: Scope): ...\n",
        {RULES: "SHOPPER = ('orders.place',)\n"},
    ),
    right("every_error_has_a_code_of_its_own", ERRORS, SOLD_OUT, KINDS),
    right(
        "every_error_is_translated",
        ERRORS,
        SOLD_OUT,
        {**KINDS, THAI: catalogue("เหลือ %(left)s"), ARABIC: catalogue("بقي %(left)s")},
    ),
    right("every_setting_is_in_the_handbook", "app/kit/settings.py", "class Settings:\n    port: int = 8000\n"),
]
