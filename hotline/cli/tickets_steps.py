"""``hotline tickets create``, ``edit``, the steps of a ticket, and ``escalate``: done in the store itself, in one
transaction each, while the service runs or is down."""

import dataclasses
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from agents import DirectoryError, load_directory
from calls import SystemClock
from hotline.cli import show, stored, tickets
from hotline.cli.categories import code_of, tree_of
from hotline.cli.supervise import user
from hotline.settings import Settings
from hotline.ticket_rules import orders_of
from tickets import Channel, OrderFacts, OrderRefused, Orders, Urgency, Wish

T = TypeVar("T")

_NUMBER = re.compile(r"\+?[0-9]{3,20}")


def create(settings: Settings, facts: OrderFacts, by: str | None, *, as_json: bool) -> None:
    """Register a ticket and show it."""
    number = _done(settings, lambda orders: orders.create(_checked(facts), by or user()))
    _answer(settings, number, as_json=as_json)


def edit(settings: Settings, number: str, facts: OrderFacts, reason: str, by: str | None, *, as_json: bool) -> None:
    """Change what a ticket is about."""
    _done(settings, lambda orders: orders.edit(number, _checked(facts), by or user(), reason))
    _answer(settings, number, as_json=as_json)


def take(settings: Settings, number: str, wish: Wish, by: str | None, *, as_json: bool) -> None:
    """Take a step with a ticket."""
    _done(settings, lambda orders: orders.take(number, wish, by or user()))
    _answer(settings, number, as_json=as_json)


def link(
    settings: Settings, number: str, call: str, by: str | None, *, undo: bool = False, as_json: bool
) -> None:  # fmt: skip
    """Link a ticket with a call, or undo that."""
    _done(settings, lambda orders: orders.link(number, call, by or user(), undo=undo))
    _answer(settings, number, as_json=as_json)


def escalate(settings: Settings, by: str | None, *, as_json: bool) -> None:
    """Escalate what is overdue."""
    late = _done(settings, lambda orders: orders.escalate(by or user()))
    if as_json:
        show.give_json({"escalated": late})
        return
    words = f"Escalated: {', '.join(late)}" if late else "Nothing is overdue that has not been escalated."
    show.console().print(words, markup=False)


def department_of(settings: Settings, text: str) -> str:
    """Return the key of a department that is named by key or two-digit code, or leave with those there are."""
    try:
        directory = load_directory(settings.directory_file)
    except DirectoryError as error:
        show.fail(str(error), show.EXIT_MISTAKE)
    if text in directory.departments:
        return text
    by_code = directory.department_by_code(text)
    if by_code is None:
        there = ", ".join(f"{key} ({department.zh})" for key, department in directory.departments.items())
        show.fail(f"--department: there is no {text!r} in {settings.directory_file}; there are: {there or 'none'}",
                  show.EXIT_MISTAKE)  # fmt: skip
    return by_code[0]


@dataclass(frozen=True, slots=True)
class Options:
    """What the options of ``create`` and ``edit`` say; None: they are not given."""

    kind: str | None
    subject: str | None
    content: str | None
    caller: str | None
    name: str | None
    address: str | None
    urgency: str | None = None
    channel: str | None = None


def facts_of(said: Options) -> OrderFacts:
    """Return what the options say of a ticket, or leave with what there is."""
    return OrderFacts(
        tickets.kind_of(said.kind), said.subject, said.content, said.caller, said.name, said.address,
        urgency=tickets.one_of(Urgency, said.urgency, "--urgency"),
        channel=tickets.one_of(Channel, said.channel, "--channel"),
    )  # fmt: skip


def sorted_under(settings: Settings, facts: OrderFacts, category: str | None) -> OrderFacts:
    """Return the facts with the category that an option names (None: as it is), or leave with those there are."""
    if category is None:
        return facts
    return dataclasses.replace(facts, category=category and code_of(tree_of(settings), category))


def _checked(facts: OrderFacts) -> OrderFacts:
    if facts.caller and not _NUMBER.fullmatch(facts.caller):
        show.fail(f"--caller: {facts.caller!r} is no telephone number: write digits only, + before them if need be",
                  show.EXIT_MISTAKE)  # fmt: skip
    return facts


def _answer(settings: Settings, number: str, *, as_json: bool) -> None:
    tickets.show_one(settings, number, as_json=as_json, full=False)


def _done(settings: Settings, work: Callable[[Orders], Awaitable[T]]) -> T:
    try:
        return stored.read(settings, lambda store: work(orders_of(settings, store, SystemClock())))
    except OrderRefused as refused:
        show.fail(str(refused), show.EXIT_FAILED)
