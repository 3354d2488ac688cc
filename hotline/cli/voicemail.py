"""``hotline voicemail``: looking reads the ticket store; what changes something is told to the running service."""

from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import typer

from hotline.cli import recordings_sound, show, stored
from hotline.cli.ordered import carry_out
from hotline.cli.running import NotRunning, Refused, tell
from hotline.cli.supervise import user
from hotline.settings import Settings
from tickets import CallDetail, Message, Reader, Store, VoicemailStore, WantedMessages


def wanted(settings: Settings, since: str | None, **more: Any) -> WantedMessages:
    """Return what the options ask for, or leave with what is wrong about them."""
    return WantedMessages(since=stored.since_of(settings, stored.Wanted(since=since)), **more)


def show_list(settings: Settings, wanted: WantedMessages, *, as_json: bool, full: bool) -> None:
    """Show messages."""
    found = stored.read(settings, lambda store: VoicemailStore(store).find(wanted))
    if as_json:
        show.give_json([_shown(one) for one in found])
        return
    zone = ZoneInfo(settings.time_zone)
    show.table(
        "", ("message", "box", "left", "number", "length", "state", "agent", "calls back", "ticket", "hold"),
        [_row(one, zone, full=full) for one in found], empty="No messages are waiting.",
    )  # fmt: skip


def show_one(settings: Settings, number: int, *, as_json: bool, full: bool) -> None:
    """Show one message with what was done with it."""

    async def asked(store: Store) -> tuple[Message | None, CallDetail | None]:
        found = await VoicemailStore(store).find(WantedMessages(id=number, done=None))
        return (found[0], await Reader(store).call(found[0].call)) if found else (None, None)

    message, call = stored.read(settings, asked)
    if message is None:
        _missing(number)
    history = [
        {"at": entry.at, **{name: value for name, value in entry.data.items() if name != "path"}}
        for entry in (call.timeline if call is not None else ())
        if entry.kind == "MessageHandled" and entry.data["path"] == message.path
    ]
    if as_json:
        show.give_json({**_shown(message), "history": history})
        return
    zone = ZoneInfo(settings.time_zone)
    show.facts([
        ("message", message.id), ("box", message.box), ("left", show.moment(message.left_at, zone)),
        ("caller", show.number(message.caller, full=full) or "withheld"), ("state", message.state),
        ("length", show.duration(message.duration_s)), ("agent", message.assigned), ("ticket", message.ticket),
        ("call", message.call), ("file", message.path), ("SHA-256", message.sha256), ("wrong", message.flags),
        ("on hold", "yes" if message.held else ""), ("calls back", message.calls_back or ""),
    ])  # fmt: skip
    rows = [(show.moment(one["at"], zone), one["step"], one["by"], one["agent"], one["note"]) for one in history]
    show.table("", ("at", "what", "by", "agent", "note"), rows, empty="Nothing was done with it yet.")


def play(settings: Settings, number: int, to: Path | None, *, as_json: bool) -> None:
    """Write a message to a file, or say where it lies; then it counts as heard."""
    found = stored.read(settings, lambda store: VoicemailStore(store).find(WantedMessages(id=number, done=None)))
    if not found:
        _missing(number)
    if found[0].deleted:
        show.fail(f"the file of message {number} was deleted, as the settings say", show.EXIT_FAILED)
    if not found[0].stored:
        show.fail(f"message {number} is being finished; try again in a few seconds", show.EXIT_FAILED)
    recordings_sound.play_path(settings, found[0].call, found[0].path, to, as_json=as_json)
    try:
        tell(settings.control_file, "voicemail", {"do": "heard", "id": number, "by": user()})
    except Refused as error:
        show.fail(str(error), show.EXIT_FAILED)
    except NotRunning:
        typer.echo("the hotline is not running: the message does not count as heard", err=True)


def order(settings: Settings, do: str, number: int, *, as_json: bool, **more: str) -> None:
    """Have the running service do something with a message; leave with 1 when it was refused."""
    what = {"do": do, "id": number, "by": user(), **more}
    carry_out(settings, "voicemail", what, as_json=as_json)


def _missing(number: int) -> NoReturn:
    show.fail(f"there is no message {number}; `hotline voicemail list --all` has them", show.EXIT_FAILED)


def _shown(message: Message) -> dict[str, Any]:
    return {**message.model_dump(mode="json"), "state": message.state}


def _row(one: Message, zone: ZoneInfo, *, full: bool) -> tuple[object, ...]:
    return (
        one.id, one.box, show.moment(one.left_at, zone), show.number(one.caller, full=full) or "withheld",
        show.duration(one.duration_s), one.state, one.assigned, one.calls_back or "", one.ticket,
        "yes" if one.held else "",
    )  # fmt: skip
