"""``hotline call``: orders for a talk that goes on, and for callers who are parked."""

import time
from typing import Any
from zoneinfo import ZoneInfo

import typer

from hotline.cli import show
from hotline.cli.ordered import carry_out, refusals_told
from hotline.cli.running import NotRunning, Refused, Senseless, ask, tell
from hotline.cli.supervise import user
from hotline.settings import Settings


def order(settings: Settings, wanted: dict[str, Any], *, as_json: bool) -> None:
    """Have an order carried out; leaves with 1 when it was refused."""
    try:
        done = tell(settings.control_file, "talk", {**wanted, "by": f"supervisor {user()}"})
    except NotRunning as error:
        show.fail(str(error), show.EXIT_NOT_RUNNING)
    except Senseless as error:
        show.fail(str(error), show.EXIT_MISTAKE)
    except Refused as error:
        show.fail(str(error), show.EXIT_FAILED)
    if as_json:
        show.give_json(done)
        if not done["ok"]:
            raise typer.Exit(show.EXIT_FAILED)
    elif done["ok"]:
        typer.echo(f"{done['message']} (call {done['call']})")
    else:
        show.fail(done["message"], show.EXIT_FAILED)


def talks(settings: Settings, *, as_json: bool) -> None:
    """Show the talks that go on, and who is in them."""
    with refusals_told():
        rows: list[dict[str, Any]] = ask(settings.control_file, "talks")
    if as_json:
        show.give_json(rows)
        return
    show.table(
        "", ("call", "seat", "agent", "state", "brought in"),
        [
            (row["call"], row["seat"], row["agent"], row["state"], ", ".join(_party(one) for one in row["parties"]))
            for row in rows
        ],
        empty="Nobody talks with an agent.",
    )  # fmt: skip


def _party(row: dict[str, Any]) -> str:
    number = f" ({row['number']})" if row["number"] else ""
    return f"{row['party']}{number}{'' if row['there'] else ', being rung'}"


def pick_up(settings: Settings, which: str, agent: str, *, as_json: bool) -> None:
    """Have a parked caller taken by an agent; leaves with 1 when nothing came of it."""
    carry_out(settings, "pick-up", {"which": which, "agent": agent, "by": user()}, as_json=as_json)


def parked(settings: Settings, *, as_json: bool) -> None:
    """Show who is parked."""
    with refusals_told():
        rows: list[dict[str, Any]] = ask(settings.control_file, "parked")
    if as_json:
        show.give_json(rows)
        return
    zone, now = ZoneInfo(settings.time_zone), time.time()
    show.table(
        "", ("number", "call", "parked by", "queue", "for", "comes back"),
        [
            (row["number"], row["call"], row["agent"], row["queue"], show.duration(now - row["since"]),
             show.moment(row["until"], zone))
            for row in rows
        ],
        empty="Nobody is parked.",
    )  # fmt: skip
