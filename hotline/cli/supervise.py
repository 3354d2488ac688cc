"""``hotline agent``: one agent's standing, and a supervisor's orders."""

import getpass
import os
from typing import Any

from hotline.cli import show
from hotline.cli.ordered import carry_out, refusals_told
from hotline.cli.running import ask
from hotline.settings import Settings

_SHOWN = (
    "agent", "name", "team", "seat", "state", "reason", "for_s", "call", "queue", "pending", "phone", "misses",
    "attendance", "ordered_by", "skills",
)  # fmt: skip


def order(
    *, on_break: str | None, ready: bool, log_out: bool, end_wrap_up: bool, extend_wrap_up: float | None
) -> dict[str, Any] | None:
    """Return what the options order, None when they order nothing; leave when they order two things at once."""
    given: list[dict[str, Any]] = []
    if on_break is not None:
        given.append({"act": "break", "reason": on_break})
    if extend_wrap_up is not None:
        given.append({"act": "extend_wrap_up", "seconds": extend_wrap_up})
    plain = {"ready": ready, "log_out": log_out, "end_wrap_up": end_wrap_up}
    given += [{"act": act} for act, wanted in plain.items() if wanted]
    if len(given) > 1:
        show.fail("one order at a time, please", show.EXIT_MISTAKE)
    return given[0] if given else None


def agent(settings: Settings, agent_id: str, wanted: dict[str, Any] | None, *, as_json: bool) -> None:
    """Show one agent, or have an order carried out; leaves with 1 when it was refused."""
    if wanted is not None:
        what = {"agent": agent_id, "by": f"supervisor {user()}", **wanted}
        carry_out(settings, "agent", what, as_json=as_json)
        return
    with refusals_told():
        rows = ask(settings.control_file, "agents")
    _show(rows, agent_id, as_json=as_json)


def _show(rows: list[dict[str, Any]], agent_id: str, *, as_json: bool) -> None:
    row = next((row for row in rows if row["agent"] == agent_id), None)
    if row is None:
        show.fail(f"there is no agent {agent_id} in the directory", show.EXIT_MISTAKE)
    if as_json:
        show.give_json(row)
    else:
        show.facts([(key.removesuffix("_s").replace("_", " "), row.get(key)) for key in _SHOWN])


def user() -> str:
    """Who sits at the terminal, also behind sudo; whoever has no name is known by number."""
    if os.environ.get("SUDO_USER"):
        return os.environ["SUDO_USER"]
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"user {os.getuid()}"
