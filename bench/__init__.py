"""Benchmarks: `bin/serai bench [NAME]`. Each makes a database of its own and prints what this run measured."""
