"""Routing (router: pure; distributor: the async shell)."""
