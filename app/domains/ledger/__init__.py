"""Accounts, transactions, transfers: where every minor unit is. Knows no order."""
