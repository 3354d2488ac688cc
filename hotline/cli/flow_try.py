"""``hotline flow try``: a pretended call in the terminal, by a list of keys or by the keyboard."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import typer

from calls import CallerHungUp
from calls.line import DigitsWanted, RecordLimits
from hotline.cli import show
from hotline.cli.flow_check import mistake_data, told
from hotline.flow_files import FlowFiles, flow_path, settings_or_none
from hotline.logging import set_up_cli_log
from ivr import Flow, FlowErrors, QueueEnd, TransferEnd
from ivr.pretended_time import parse_moment
from ivr.rehearsal import rehearse, zone_of
from ivr.rehearsal_line import RehearsingCaller, ScriptedCaller, entries_of, language_named
from ivr.rehearsal_prompts import Heard
from ivr.rehearsal_services import Pretended
from ivr.rehearsed import Rehearsed, Visit

if TYPE_CHECKING:
    from hotline.flow_hearing import Hearing

End = TypeVar("End", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Order:
    """What the options of ``flow try`` ask for."""

    digits: str | None
    at: str
    caller: str
    dialled: str
    language: str
    queues: Sequence[str]
    departments: Sequence[str]
    tickets: Sequence[str]
    lookups: Sequence[str]
    pins: Sequence[str]
    calls: int
    last_ticket: str | None
    listen: bool
    wav: Path | None
    as_json: bool


def try_out(path: Path, directory: Path | None, order: Order) -> None:
    """Carry a pretended caller through the flow in a file, and show what came of it."""
    set_up_cli_log()
    settings = settings_or_none()
    files = FlowFiles(directory, settings)
    path = flow_path(path, settings)
    try:
        flow = files.load(path).flow
    except FlowErrors as error:
        _refuse(error, as_json=order.as_json)
    visit = _visit(flow, order)
    hearing = _hearing(order) if order.listen or order.wav is not None else None
    try:
        caller: RehearsingCaller = (
            _Keyboard(hearing) if order.digits is None else ScriptedCaller(entries_of(order.digits))
        )
    except ValueError as error:
        show.fail(f"--digits: {error}", show.EXIT_MISTAKE)
    others = files.others(path, flow)
    call = asyncio.run(rehearse(flow, files.around(path.parent).system, caller, visit, others))
    if hearing is not None and (order.digits is not None or order.wav is not None):
        _let_hear(hearing, call, order)
    if order.as_json:
        show.give_json(as_data(flow, call, visit, files.report.notes))
    else:
        _print(flow, call, by_hand=order.digits is None)


def _let_hear(hearing: "Hearing", call: Rehearsed, order: Order) -> None:
    aloud = order.listen and order.digits is not None  # by hand it was played while it was said
    try:
        asyncio.run(hearing.give(call.heard, order.wav, aloud=aloud))
    except OSError as error:
        show.fail(f"--wav: {order.wav} cannot be written: {error.strerror or error}", show.EXIT_FAILED)


def as_data(flow: Flow, call: Rehearsed, visit: Visit, notes: Sequence[str]) -> dict[str, Any]:
    """Return what came of a pretended call, for machines."""
    return {
        "ok": True,
        "flow": flow.name,
        "at": datetime.fromtimestamp(visit.at, zone_of(flow)).isoformat(timespec="minutes"),
        "heard": [one.text for one in call.heard],
        "prompts": [{"name": one.name, "language": one.language.value, "text": one.text} for one in call.heard],
        "steps": list(call.steps),
        "pressed": [{"step": step, "keys": keys, "verdict": verdict} for step, keys, verdict in call.pressed],
        "asked": [{**asdict(one), "skills": dict(one.skills)} for one in call.asked],
        "end": call.end,
        "step": call.step,
        "reason": call.reason,
        "language": call.language.value,
        "variables": call.variables,
        "tags": list(call.tags),
        "took_s": round(call.took_s, 1),
        "notes": list(notes),
    }


def _print(flow: Flow, call: Rehearsed, *, by_hand: bool) -> None:
    if not by_hand:
        for heard in call.heard:
            typer.echo(f"  {heard.text}")
    for one in call.asked:
        skills = ", ".join(f"{name} >= {level}" for name, level in one.skills.items())
        typer.echo(f"{one.what} {one.name}{f' (needs {skills})' if skills else ''}: {one.answer}")
    typer.echo(f"steps: {' → '.join(call.steps)}")
    typer.echo(f"end: {call.end} at step {call.step!r} of {flow.name} ({call.reason}), after about {call.took_s:.0f} s")


def _refuse(error: FlowErrors, *, as_json: bool) -> NoReturn:
    if as_json:
        show.give_json({"ok": False, "errors": [mistake_data(one) for one in error.mistakes]})
        raise typer.Exit(show.EXIT_FAILED)
    show.fail("\n".join(told("error", one, None) for one in error.mistakes), show.EXIT_FAILED)


def _visit(flow: Flow, order: Order) -> Visit:
    try:
        return Visit(
            at=parse_moment(order.at, zone_of(flow), time.time()), caller=order.caller, dialled=order.dialled,
            language=language_named(order.language),
            pretended=Pretended(
                queues=_ends("--queue", order.queues, QueueEnd),
                departments=_ends("--department", order.departments, TransferEnd),
                tickets=_pairs("--ticket", order.tickets, str),
                lookups=_pairs("--lookup", order.lookups, _answer), pins=_pairs("--pin", order.pins, str),
                calls=order.calls, last_ticket=order.last_ticket,
            ),
        )  # fmt: skip
    except ValueError as error:
        show.fail(str(error), show.EXIT_MISTAKE)


def _ends(option: str, given: Sequence[str], kind: type[End]) -> Mapping[str, End]:
    def understood(word: str) -> End:
        try:
            return kind(word)
        except ValueError:
            raise ValueError(f"{option}: there is no {word!r}; there are: {', '.join(kind)}") from None

    return _pairs(option, given, understood)


def _answer(text: str) -> Any:
    if text == "failed":
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f'--lookup: {text!r} is no JSON ({error}); write {{"total": 5}}, or failed') from error


T = TypeVar("T")


def _pairs(option: str, given: Sequence[str], understood: Callable[[str], T]) -> Mapping[str, T]:
    found: dict[str, T] = {}
    for pair in given:
        name, sign, value = pair.partition("=")
        if not sign or not name:
            raise ValueError(f"{option}: write NAME=WORD, not {pair!r}")
        found[name.strip()] = understood(value.strip())
    return found


def _hearing(order: Order) -> "Hearing":
    from hotline.flow_hearing import Hearing, NoPlayer  # noqa: PLC0415 - speech and sound libraries are slow to import

    try:
        return Hearing(settings_or_none(), aloud=order.listen)
    except NoPlayer as error:
        show.fail(f"--listen: {error}", show.EXIT_FAILED)


class _Keyboard:
    """The one who sits at the terminal."""

    def __init__(self, hearing: "Hearing | None") -> None:
        self._hearing = hearing

    def begin(self, so_far: Callable[[], Rehearsed]) -> None:
        """Say how it is done."""
        typer.echo("You are calling. Answer with keys and Enter; Enter alone is silence, q hangs up.")

    def hear(self, heard: Heard) -> str:
        """Show what is said, and play it when asked for."""
        typer.echo(f"  {heard.text}")
        if self._hearing is not None:
            self._hearing.aloud(heard)
        return ""

    def press(self, wanted: DigitsWanted) -> str:
        """Read keys."""
        upto = "one key" if wanted.max_digits == 1 else f"up to {wanted.max_digits} digits"
        while True:
            word = self._read(f"[{upto}] ")
            try:
                entries = entries_of(word)
            except ValueError as error:
                typer.echo(str(error))
                continue
            if "hangup" in entries:
                raise CallerHungUp
            return "".join(entries).replace("!", "")

    def speak(self, limits: RecordLimits) -> None:
        """Pretend to speak, or hang up."""
        self._read(f"[a message of up to {limits.max_s:g} s is recorded: Enter when it is spoken] ")

    @staticmethod
    def _read(question: str) -> str:
        try:
            word = input(question).strip()
        except (EOFError, KeyboardInterrupt):
            typer.echo()
            raise CallerHungUp from None
        if word.lower() in ("q", "quit", "exit"):
            raise CallerHungUp
        return word
