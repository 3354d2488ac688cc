"""Orders to go back to an earlier version of flows and directory, as they come in over HTTP."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from hotline.http import BadOrder
from hotline.versions import Version, Versions


class BackOrders:
    """Has a version that is kept put in use; ``back`` does it."""

    def __init__(self, versions: Versions, back: Callable[[Version], Awaitable[dict[str, list[str]]]]) -> None:
        self._versions, self._back = versions, back

    async def __call__(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Carry ``{"version"}`` out and return mistakes, changes and flows in use. Raises ``BadOrder``."""
        name = told.get("version")
        if not isinstance(name, str):
            raise BadOrder("version: say which, like 000012")
        try:
            version = self._versions.version(name)
        except LookupError as error:
            raise BadOrder(str(error.args[0])) from None
        return {"version": version.name, **await self._back(version)}
