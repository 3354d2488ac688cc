"""The REST API of a running service."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from calls import SystemClock
from hotline.audit import AuditLog
from hotline.categories import CATEGORIES, CategoryTree, load_categories
from hotline.rest.api import RestApi
from hotline.rest.tokens import ApiTokens
from hotline.ticket_rules import book_of, orders_of
from tickets import Reader

if TYPE_CHECKING:
    from hotline.service import Service


def routes_of(service: "Service") -> list[web.RouteDef]:
    """Return the API's paths; makes the tokens of a new installation. Raises ``OSError`` when they cannot be kept."""
    settings, store, clock = service.settings, service.store, SystemClock()
    tokens = ApiTokens(settings.api_tokens_file)
    tokens.make()

    @lru_cache(maxsize=1)  # reading it takes longer than calls should wait; each version is a folder of its own
    def tree_in(folder: Path) -> CategoryTree:
        return load_categories(folder / CATEGORIES)

    def tree() -> CategoryTree:
        return tree_in(service.versions.current.resolve())

    return RestApi(
        tokens, book_of(settings, store), lambda: orders_of(settings, store, clock, tree()), Reader(store),
        AuditLog(settings.audit_file, clock),
        agents=service.views.agents, departments=lambda: service.directory.departments, categories=tree,
        screens=service.screens, safe=service.journal.flush,
    ).routes()  # fmt: skip
