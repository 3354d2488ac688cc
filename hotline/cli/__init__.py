"""The command line. ``main`` is the entry point; each command imports what it needs only when it runs."""

from hotline.cli.app import main

__all__ = ["main"]
