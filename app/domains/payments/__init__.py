"""Payment attempts, payments, refunds, gateways. Knows an opaque reference and a purpose, no order."""
