"""``hotline flow funnel``: where callers go in the menus, out of the ticket store; works while the service is down."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from hotline.cli import show
from hotline.cli.stored import Wanted, read, since_of
from hotline.funnel import StepFunnel, funnel
from hotline.settings import Settings
from tickets import Reader


def show_funnel(settings: Settings, *, flow: str | None, since: str | None, as_json: bool) -> None:
    """Show each step of the flows."""
    start = since_of(settings, Wanted(since=since)) or 0.0
    moves, keys = read(settings, lambda store: Reader(store).funnel(since=start, flow=flow))
    found = funnel(moves, keys)
    if as_json:
        show.give_json({"since": start or None, "steps": [_as_data(one) for one in found]})
        return
    empty = "No caller has come to a flow in that time." if flow is None else f"No caller has come to the flow {flow}."
    for name in dict.fromkeys(one.flow for one in found) or [""]:
        rows = [_row(one) for one in found if one.flow == name]
        show.table(name, _COLUMNS, rows, empty=empty)


_COLUMNS = (
    "step", "entered", "went on to", "ended as", "gave up", "asked", "pressed nothing", "pressed wrongly", "keys",
)  # fmt: skip


def _row(one: StepFunnel) -> Sequence[object]:
    wrong = f"{_share(one.wrong, one.asked)} ({_counts(one.wrong_keys)})" if one.wrong else ""
    return (
        one.step, one.entered, _counts(one.went_to, one.entered), _counts(one.ended, one.entered),
        _share(one.gave_up, one.entered), one.asked or "", _share(one.nothing, one.asked), wrong, _counts(one.keys),
    )  # fmt: skip


def _share(part: int, whole: int) -> str:
    return f"{part} ({part / whole:.0%})" if part and whole else ""


def _counts(counts: Counter[str], whole: int = 0) -> str:
    return ", ".join(
        f"{name} {times}" + (f" ({times / whole:.0%})" if whole else "") for name, times in counts.most_common(8)
    )


def _as_data(one: StepFunnel) -> dict[str, Any]:
    return {**asdict(one), **{name: dict(getattr(one, name).most_common())
                              for name in ("went_to", "ended", "keys", "wrong_keys")}}  # fmt: skip
