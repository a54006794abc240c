"""Goods sent together: packed, then handed to a carrier."""
