"""What always holds of payments."""

from __future__ import annotations

from app.kit.invariants import Invariant

INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        name="payments.capture_is_posted_once",
        sentence="Each captured payment has exactly one ledger transaction, and each such transaction a payment.",
        columns=("payment_id", "transaction_id", "captured_minor"),
        ids={"payment_id": "pay", "transaction_id": "txn"},
        sql="SELECT p.id AS payment_id, t.id AS transaction_id, p.captured_minor FROM payments_payments p"
        " FULL JOIN ("
        "  SELECT id, idempotency_key FROM ledger_transactions WHERE kind IN ('payment_captured', 'payment_parked')"
        " ) t ON t.idempotency_key = 'capture:' || p.id::text"
        " WHERE p.id IS NULL OR t.id IS NULL",
    ),
    Invariant(
        name="payments.refund_is_posted_once",
        sentence="Each refund has exactly one ledger transaction, and exactly one reversal once it is taken back.",
        columns=("refund_id", "status", "posted", "reversals"),
        ids={"refund_id": "ref"},
        sql="SELECT x.refund_id, x.status, x.posted, x.reversals FROM ("
        "  SELECT r.id AS refund_id, r.status, r.reversed_at,"
        "  (SELECT count(t.id) FROM ledger_transactions t WHERE t.kind = 'payment_refunded'"
        "    AND t.idempotency_key = 'refund:' || r.id::text) AS posted,"
        "  (SELECT count(t.id) FROM ledger_transactions t WHERE t.kind = 'refund_reversed'"
        "    AND t.idempotency_key = 'refund_reversal:' || r.id::text) AS reversals"
        "  FROM payments_refunds r"
        " ) x WHERE x.posted <> 1 OR x.reversals <> CASE WHEN x.reversed_at IS NULL THEN 0 ELSE 1 END",
    ),
    Invariant(
        name="payments.refunds_within_captured",
        sentence="What was refunded of a payment, or may have been, is at most what was captured, in its currency.",
        columns=("payment_id", "captured_minor", "refunded_minor"),
        ids={"payment_id": "pay"},
        sql="SELECT p.id AS payment_id, p.captured_minor, sum(r.amount_minor) AS refunded_minor"
        " FROM payments_payments p JOIN payments_refunds r ON r.payment_id = p.id WHERE r.reversed_at IS NULL"
        " GROUP BY p.id, p.captured_minor, p.currency"
        " HAVING sum(r.amount_minor) > p.captured_minor OR bool_or(r.currency <> p.currency)",
    ),
    Invariant(
        name="payments.provider_account_is_payments_less_refunds",
        sentence="The ledger's account of each provider is what it captured less what was refunded.",
        columns=("code", "currency", "ledger_minor", "payments_minor"),
        sql="WITH posted AS ("
        "  SELECT a.code, a.currency, sum(p.amount_minor) AS minor FROM ledger_accounts a"
        "  JOIN ledger_postings p ON p.account_id = a.id WHERE a.kind = 'provider' GROUP BY a.code, a.currency"
        " ), moved AS ("
        "  SELECT 'provider:' || m.gateway AS code, m.currency, sum(m.minor) AS minor FROM ("
        "   SELECT gateway, currency, captured_minor AS minor FROM payments_payments"
        "   UNION ALL"
        "   SELECT p.gateway, r.currency, -r.amount_minor FROM payments_refunds r"
        "   JOIN payments_payments p ON p.id = r.payment_id WHERE r.reversed_at IS NULL"
        "  ) m GROUP BY m.gateway, m.currency"
        " ) SELECT coalesce(l.code, m.code) AS code, coalesce(l.currency, m.currency) AS currency,"
        " coalesce(l.minor, 0) AS ledger_minor, coalesce(m.minor, 0) AS payments_minor"
        " FROM posted l FULL JOIN moved m ON m.code = l.code AND m.currency = l.currency"
        " WHERE coalesce(l.minor, 0) <> coalesce(m.minor, 0)",
    ),
    Invariant(
        name="payments.nothing_unknown_for_a_day",
        sentence="No attempt and no refund stays unknown for more than 24 hours.",
        columns=("attempt_id", "refund_id", "status_at"),
        ids={"attempt_id": "pat", "refund_id": "ref"},
        sql="SELECT a.id AS attempt_id, NULL::uuid AS refund_id, a.status_at FROM payments_attempts a"
        " WHERE a.status = 'unknown' AND a.status_at < CAST(:now AS timestamptz) - interval '24 hours'"
        " UNION ALL"
        " SELECT NULL::uuid, r.id, r.status_at FROM payments_refunds r"
        " WHERE r.status = 'unknown' AND r.status_at < CAST(:now AS timestamptz) - interval '24 hours'",
    ),
    Invariant(
        name="payments.failed_refund_is_taken_back",
        sentence="A refund that failed for good is taken back in the ledger within an hour.",
        columns=("refund_id", "status_at", "failure"),
        ids={"refund_id": "ref"},
        sql="SELECT r.id AS refund_id, r.status_at, r.failure FROM payments_refunds r WHERE r.status = 'failed'"
        " AND r.reversed_at IS NULL AND r.status_at < CAST(:now AS timestamptz) - interval '1 hour'",
    ),
    Invariant(
        name="payments.webhook_is_applied",
        sentence="Each verified message of a provider is applied within an hour, or says why not.",
        columns=("gateway", "object_id", "transition", "verified_at"),
        sql="SELECT w.gateway, w.object_id, w.transition, w.verified_at FROM payments_webhook_events w"
        " WHERE w.applied_at IS NULL AND w.outcome = ''"
        " AND w.verified_at < CAST(:now AS timestamptz) - interval '1 hour'",
    ),
)
"""Asked by `serai audit`, after every test that moves money, and by the simulation."""
