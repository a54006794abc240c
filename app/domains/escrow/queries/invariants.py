"""What always holds of escrow: captured = held + released + refunded + suspense, seen from every side."""

from __future__ import annotations

from app.kit.invariants import Invariant

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        name="escrow.captured_has_its_home",
        sentence="Of each payment, captured = held + released + refunded of its holds, or all of it is in suspense.",
        columns=("payment_id", "home", "captured_minor", "held_minor"),
        ids={"payment_id": "pay"},
        sql="SELECT p.id AS payment_id, p.home, p.captured_minor, coalesce(sum(h.amount_minor), 0) AS held_minor"
        " FROM payments_payments p LEFT JOIN escrow_holds h ON h.payment_id = p.id"
        " GROUP BY p.id, p.home, p.captured_minor, p.currency"
        " HAVING coalesce(sum(h.amount_minor), 0) <> CASE p.home WHEN 'order' THEN p.captured_minor ELSE 0 END"
        " OR bool_or(h.currency <> p.currency)",
    ),
    Invariant(
        name="escrow.refunded_is_sum_of_refunds",
        sentence="What a hold counts as refunded is the sum of the refunds of its order.",
        columns=("order_id", "refunded_minor", "refunds_minor"),
        sql="WITH counted AS ("
        "  SELECT order_id, sum(refunded_minor) AS minor FROM escrow_holds GROUP BY order_id"
        " ), given AS ("
        "  SELECT r.reference AS order_id, sum(r.amount_minor) AS minor FROM payments_refunds r"
        "  JOIN payments_payments p ON p.id = r.payment_id"
        "  WHERE p.home = 'order' AND r.reversed_at IS NULL GROUP BY r.reference"
        " ) SELECT coalesce(c.order_id, g.order_id) AS order_id, coalesce(c.minor, 0) AS refunded_minor,"
        " coalesce(g.minor, 0) AS refunds_minor FROM counted c FULL JOIN given g ON g.order_id = c.order_id"
        " WHERE coalesce(c.minor, 0) <> coalesce(g.minor, 0)",
    ),
    Invariant(
        name="escrow.hold_status_is_true",
        sentence="No hold gives more than it has, and its status says whether anything is left.",
        columns=("hold_id", "order_id", "status", "left_minor"),
        ids={"hold_id": "esc"},
        sql="SELECT h.id AS hold_id, h.order_id, h.status,"
        " h.amount_minor - h.refunded_minor - h.released_minor AS left_minor FROM escrow_holds h"
        " WHERE h.refunded_minor < 0 OR h.released_minor < 0"
        " OR h.refunded_minor + h.released_minor > h.amount_minor"
        " OR (h.status IN ('released', 'refunded')) <> (h.refunded_minor + h.released_minor = h.amount_minor)"
        " OR (h.status = 'refunded' AND h.released_minor > 0)",
    ),
    Invariant(
        name="escrow.hold_is_balance_of_its_account",
        sentence="What is left of an order's holds and of what was added to it is the balance of its escrow account.",
        columns=("code", "currency", "ledger_minor", "left_minor"),
        sql="WITH posted AS ("
        "  SELECT a.code, a.currency, -sum(p.amount_minor) AS minor FROM ledger_accounts a"
        "  JOIN ledger_postings p ON p.account_id = a.id WHERE a.kind = 'escrow' GROUP BY a.code, a.currency"
        " ), held AS ("
        "  SELECT 'escrow:' || order_id AS code, currency, sum(minor) AS minor FROM ("
        "    SELECT order_id, currency, amount_minor - refunded_minor - released_minor AS minor FROM escrow_holds"
        "    UNION ALL SELECT order_id, currency, amount_minor - returned_minor FROM escrow_subsidies"
        "  ) AS part GROUP BY order_id, currency"
        " ) SELECT coalesce(l.code, h.code) AS code, coalesce(l.currency, h.currency) AS currency,"
        " coalesce(l.minor, 0) AS ledger_minor, coalesce(h.minor, 0) AS left_minor"
        " FROM posted l FULL JOIN held h ON h.code = l.code AND h.currency = l.currency"
        " WHERE coalesce(l.minor, 0) <> coalesce(h.minor, 0)",
    ),
    Invariant(
        name="escrow.subsidies_are_borne",
        sentence="What payers added to orders and did not get back is the balance of their promotion accounts.",
        columns=("code", "currency", "ledger_minor", "borne_minor"),
        sql="WITH posted AS ("
        "  SELECT a.code, a.currency, sum(p.amount_minor) AS minor FROM ledger_accounts a"
        "  JOIN ledger_postings p ON p.account_id = a.id WHERE a.kind = 'promotion' GROUP BY a.code, a.currency"
        " ), borne AS ("
        "  SELECT 'promotion:' || payer AS code, currency, sum(amount_minor - returned_minor) AS minor"
        "  FROM escrow_subsidies GROUP BY payer, currency"
        " ) SELECT coalesce(l.code, b.code) AS code, coalesce(l.currency, b.currency) AS currency,"
        " coalesce(l.minor, 0) AS ledger_minor, coalesce(b.minor, 0) AS borne_minor"
        " FROM posted l FULL JOIN borne b ON b.code = l.code AND b.currency = l.currency"
        " WHERE coalesce(l.minor, 0) <> coalesce(b.minor, 0)",
    ),
    Invariant(
        name="escrow.suspense_is_parked_payments",
        sentence="The suspense account is the sum of the parked payments less what was refunded of them.",
        columns=("currency", "ledger_minor", "parked_minor"),
        sql="WITH posted AS ("
        "  SELECT a.currency, -sum(p.amount_minor) AS minor FROM ledger_accounts a"
        "  JOIN ledger_postings p ON p.account_id = a.id WHERE a.kind = 'suspense' GROUP BY a.currency"
        " ), parked AS ("
        "  SELECT p.currency, sum(p.captured_minor - coalesce(("
        "    SELECT sum(r.amount_minor) FROM payments_refunds r"
        "    WHERE r.payment_id = p.id AND r.reversed_at IS NULL), 0)) AS minor"
        "  FROM payments_payments p WHERE p.home = 'suspense' GROUP BY p.currency"
        " ) SELECT coalesce(l.currency, s.currency) AS currency, coalesce(l.minor, 0) AS ledger_minor,"
        " coalesce(s.minor, 0) AS parked_minor FROM posted l FULL JOIN parked s ON s.currency = l.currency"
        " WHERE coalesce(l.minor, 0) <> coalesce(s.minor, 0)",
    ),
    Invariant(
        name="escrow.nothing_stays_parked",
        sentence="No money is in suspense for more than 24 hours: it has its order, or is on its way back.",
        columns=("payment_id", "captured_at", "problem", "left_minor"),
        ids={"payment_id": "pay"},
        sql="SELECT x.payment_id, x.captured_at, x.problem, x.left_minor FROM ("
        "  SELECT p.id AS payment_id, p.captured_at, p.problem, p.captured_minor - coalesce(("
        "    SELECT sum(r.amount_minor) FROM payments_refunds r"
        "    WHERE r.payment_id = p.id AND r.reversed_at IS NULL), 0) AS left_minor"
        "  FROM payments_payments p WHERE p.home = 'suspense'"
        "  AND p.captured_at < CAST(:now AS timestamptz) - interval '24 hours'"
        " ) x WHERE x.left_minor > 0",
    ),
)
"""Asked by `serai audit`, after every test that moves money, and by the simulation."""
