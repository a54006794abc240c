"""A payment service provider for demos and tests: a third party spoken to over HTTP, a process with its own books.

It imports nothing of the merchant's software, so that the integration with it is a real one. `docs/sandbox-provider.md`
describes its API, its webhooks and how its behaviour is scripted.
"""
