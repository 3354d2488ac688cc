"""Orders about callbacks, as they come in over HTTP."""

from collections.abc import Mapping
from typing import Any

import structlog

from hotline.callbacks import Callbacks
from hotline.http import BadOrder

log = structlog.get_logger(__name__)

_KEYS = frozenset({"callback", "act"})


class CallbackOrders:
    """Takes callbacks back."""

    def __init__(self, callbacks: Callbacks) -> None:
        self._callbacks = callbacks

    def __call__(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Carry ``{"callback", "act": "cancel"}`` out. Raises ``BadOrder``."""
        callback, act = told.get("callback"), told.get("act")
        if set(told) - _KEYS or act != "cancel":
            raise BadOrder("an order about a callback is {callback: its id, act: cancel}")
        if not isinstance(callback, str) or not callback:
            raise BadOrder("callback: say which, by id; `hotline callbacks --open` lists them")
        done = self._callbacks.call_off(callback)
        if done is None:
            return {"ok": False, "callback": callback, "state": "", "message": f"there is no open callback {callback}"}
        log.info("callback.called_off", callback=callback)
        return {
            "ok": True, "callback": callback, "state": done.state.value,
            "message": f"callback {callback} is taken back",
        }  # fmt: skip
