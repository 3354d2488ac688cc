"""``hotline dial``: an agent's seat is rung, then a number."""

from hotline.cli.ordered import carry_out
from hotline.settings import Settings


def dial(settings: Settings, agent: str, number: str, ticket: str | None, *, as_json: bool) -> None:
    """Order a call; leaves with 1 when it was refused."""
    what = {"agent": agent, "number": number, "ticket": ticket or ""}
    carry_out(settings, "dial", what, as_json=as_json, words=lambda done: f"{done['message']} (call {done['call']})")
