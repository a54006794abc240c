"""Words that the glossary refuses, and what is left, silenced or given up."""

from .plant import fault, right

NAMES = "names_are_words_of_the_glossary"
MODELS = "app/domains/orders/models.py"

FAULTS = [
    fault(NAMES, MODELS, "class Shipment: ...\n", 1, "`Shipment`: the word is fulfilment"),
    fault(NAMES, MODELS, "def list_vendors(): ...\n", 1, "`list_vendors`: the word is seller"),
    fault(NAMES, MODELS, "def move(shopId): ...\n", 1, "`shopId`: the word is storefront"),
    fault(NAMES, MODELS, "x = mapped_column('taxon_id')\n", 1, "`taxon_id`: the word is category"),
    fault(NAMES, MODELS, "class A:\n    __tablename__ = 'orders_channels'\n", 2, "`orders_channels`"),
    fault(NAMES, MODELS, "class A:\n    canceled_at: str\n", 2, "`canceled_at`: the word is cancelled"),
    fault(NAMES, "app/faces/api/shops.py", "x = 1\n", 1, "`shops`: the word is storefront"),
    fault("nothing_is_left_for_later", "app/kit/mail.py", "x = 1\n# TODO: retry\n", 2, "TODO"),
    fault("nothing_is_left_for_later", "app/faces/api/static/a.js", "// FIXME\n", 1, "FIXME"),
    fault("no_checker_is_silenced", "app/kit/mail.py", "x = y  # type: ignore\n", 1, "mend what it complains of"),
    fault("no_checker_is_silenced", "tests/kit/test_mail.py", "import x  # noqa: F401\n", 1, "mend"),
    fault(
        "no_test_is_given_up",
        "tests/kit/test_mail.py",
        "import pytest\n\n@pytest.mark.xfail\ndef test_x(): ...\n",
        3,
        "`pytest.mark.xfail`",
    ),
    fault("no_machine_is_named", "config/default.toml", 'var_dir = "/home/someone/var"\n', 1, "of one machine only"),
    fault("no_machine_is_named", "requirements/app.lock", "--index-url https://x\n", 1, "of one machine only"),
]

RIGHTS = [
    right(
        NAMES,
        MODELS,
        '"""A shop is a storefront here."""\n# no vendor\ndef read(shopper, workshop, note):\n'
        "    return note.channel, 'shipment'\n",
    ),
    right(NAMES, "app/kit/notices.py", "channel = 'directory'\n"),
    right("nothing_is_left_for_later", "app/kit/mail.py", 'text = "# TODO"\n'),
    right("no_test_is_given_up", "tests/conftest.py", "import pytest\n\npytest.skip('no data')\n"),
    right("no_machine_is_named", "docs/operations.md", "Files lie under `var/`; `/work` is no path of ours.\n"),
]
