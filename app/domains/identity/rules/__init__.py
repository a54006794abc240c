"""Decisions of identity: roles, passwords, one-time codes, how tries are slowed down."""
