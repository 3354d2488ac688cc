"""``hotline tickets``: work orders. Nothing heavy is imported before a command runs."""
# ruff: noqa: PLC0415 - that is what keeps it quick

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from hotline.cli.options import Config, Full, Json

if TYPE_CHECKING:
    from tickets import Wish


class _LatestOrOne(TyperGroup):
    """Without a command: the latest tickets, or the one whose number is given."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command in front that is meant where none is named."""
        named = bool(args) and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(ctx, args if named else ["latest", *args])


tickets_app = typer.Typer(
    name="tickets",
    cls=_LatestOrOne,
    help="Tickets (work orders): what calls left behind, and what is done about it; works while the service is down, "
    "too. Without a command: the latest, or `hotline tickets NUMBER` for one with its call.",
)

Limit = Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, the latest first.")]
Since = Annotated[str | None, typer.Option(help="Made after: 30m, 2h, 7d, today, 2026-11-23 or 2026-11-23T08:30.")]
State = Annotated[str | None, typer.Option(help="Only tickets in this state: registered, dispatched, accepted, ...")]
Caller = Annotated[str | None, typer.Option(help="Only tickets of this telephone number.")]
Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The ticket's number.")]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who does it; else who sits at the terminal.")]
Kind = Annotated[str | None, typer.Option(help="enquiry, complaint, report (of wrongdoing), suggestion or request.")]
Subject = Annotated[str | None, typer.Option(help="What it is about, in few words.")]
Content = Annotated[str | None, typer.Option(help="What the caller says.")]
CallerIs = Annotated[str | None, typer.Option("--caller", help="The caller's telephone number.")]
Name = Annotated[str | None, typer.Option(help="The caller's name.")]
Address = Annotated[str | None, typer.Option(help="The caller's address or unit.")]
Category = Annotated[str | None, typer.Option(help="Its category: a code or name of dialplans/categories.yaml.")]
Urgency = Annotated[str | None, typer.Option(help="normal, urgent; or police, fire, medical: that line is to know.")]
Channel = Annotated[str | None, typer.Option(help="How it came in: phone, text (message), mail or web.")]
Why = Annotated[str, typer.Option(help="Why; it is kept in the ticket's history.")]
Note = Annotated[str, typer.Option(help="A note for the ticket's history.")]


@tickets_app.command("latest", hidden=True)
def latest(
    number: Annotated[str | None, typer.Argument(help="One ticket, with its call.")] = None,
    *,
    json: Json = False,
    limit: Limit = 50,
    since: Since = None,
    state: State = None,
    caller: Caller = None,
    full: Full = False,
    config: Config = None,
) -> None:
    """The latest tickets, or one."""
    if number is not None:
        show_ticket(number, json=json, full=full, config=config)
    else:
        list_tickets(json=json, limit=limit, since=since, state=state, caller=caller, full=full, config=config)


@tickets_app.command("list")
def list_tickets(
    *,
    json: Json = False,
    limit: Limit = 50,
    since: Since = None,
    state: State = None,
    kind: Annotated[str | None, typer.Option(help="Only tickets of this kind: complaint, enquiry, ...")] = None,
    caller: Caller = None,
    department: Annotated[str | None, typer.Option(help="Only tickets that this department has.")] = None,
    category: Annotated[
        str | None, typer.Option(help="Only tickets of this category, and of those inside it: a code or name.")
    ] = None,
    call: Annotated[str | None, typer.Option(help="Only tickets that this call is about.")] = None,
    text: Annotated[
        str | None, typer.Option(help="Only tickets with these words in subject, content, answer, address or name.")
    ] = None,
    channel: Annotated[str | None, typer.Option(help="Only tickets that came in by: phone, text, mail, web.")] = None,
    urgent: Annotated[bool, typer.Option("--urgent", help="Only those that are more urgent than normal.")] = False,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those whose deadline has passed.")] = False,
    repeated: Annotated[bool, typer.Option("--repeated", help="Only repeated matters.")] = False,
    full: Full = False,
    config: Config = None,
) -> None:
    """The tickets, the latest first; overdue ones by what has been due longest."""
    from hotline.cli import tickets
    from hotline.cli.app import settings_in_force
    from tickets import WantedOrders

    wanted = WantedOrders(
        limit=limit, state=state, kind=kind, caller=caller, department=department, call=call, text=text,
        overdue=overdue, repeated=repeated, urgent=urgent, channel=channel,
    )  # fmt: skip
    tickets.show_list(settings_in_force(config), wanted, since, category, as_json=json, full=full)


@tickets_app.command("show")
def show_ticket(number: Number, json: Json = False, full: Full = False, config: Config = None) -> None:
    """One ticket: what it is about, every change of it, the call it was made from, and the calls made about it."""
    from hotline.cli import tickets
    from hotline.cli.app import settings_in_force

    tickets.show_one(settings_in_force(config), number, as_json=json, full=full)


@tickets_app.command("create")
def create(
    *,
    kind: Kind = "enquiry",
    subject: Subject = None,
    content: Content = None,
    caller: CallerIs = None,
    name: Name = None,
    address: Address = None,
    category: Category = None,
    urgency: Urgency = None,
    channel: Channel = None,
    by: By = None,
    json: Json = False,
    config: Config = None,
) -> None:
    """Register a ticket that does not come from a call."""
    from hotline.cli import tickets_steps as steps
    from hotline.cli.app import settings_in_force

    settings = settings_in_force(config)
    facts = steps.facts_of(
        steps.Options(kind, subject, content, caller, name, address, urgency=urgency, channel=channel)
    )
    facts = steps.sorted_under(settings, facts, category)
    steps.create(settings, facts, by, as_json=json)


@tickets_app.command("edit")
def edit(
    number: Number,
    *,
    kind: Kind = None,
    subject: Subject = None,
    content: Content = None,
    caller: CallerIs = None,
    name: Name = None,
    address: Address = None,
    category: Category = None,
    urgency: Urgency = None,
    channel: Channel = None,
    reason: Why = "",
    by: By = None,
    json: Json = False,
    config: Config = None,
) -> None:
    """Write what a ticket is about, such as one that a call left behind. Another kind has another deadline."""
    from hotline.cli import tickets_steps as steps
    from hotline.cli.app import settings_in_force

    settings = settings_in_force(config)
    facts = steps.facts_of(
        steps.Options(kind, subject, content, caller, name, address, urgency=urgency, channel=channel)
    )
    facts = steps.sorted_under(settings, facts, category)
    steps.edit(settings, number, facts, reason, by, as_json=json)


@tickets_app.command("dispatch")
def dispatch(
    number: Number,
    *,
    department: Annotated[str, typer.Option(help="Its key in the directory, or its two-digit code.")],
    note: Note = "",
    by: By = None,
    json: Json = False,
    config: Config = None,
) -> None:
    """Send a ticket to a department. The time in which it is to be accepted begins."""
    from hotline.cli import tickets_steps as steps
    from hotline.cli.app import settings_in_force
    from tickets import TicketStep, Wish

    settings = settings_in_force(config)
    wish = Wish(TicketStep.DISPATCH, note, steps.department_of(settings, department))
    steps.take(settings, number, wish, by, as_json=json)


@tickets_app.command("accept")
def accept(number: Number, *, note: Note = "", by: By = None, json: Json = False, config: Config = None) -> None:
    """The department takes the ticket."""
    from tickets import TicketStep, Wish

    _take(number, Wish(TicketStep.ACCEPT, note), by, json=json, config=config)


@tickets_app.command("return")
def return_ticket(
    number: Number, *, reason: Why = "", by: By = None, json: Json = False, config: Config = None
) -> None:
    """The department gives the ticket back, with a reason."""
    from tickets import TicketStep, Wish

    _take(number, Wish(TicketStep.RETURN, reason), by, json=json, config=config)


@tickets_app.command("answer")
def answer(
    number: Number,
    *,
    text: Annotated[str, typer.Option(help="The answer, as the caller is to be told.")] = "",
    by: By = None,
    json: Json = False,
    config: Config = None,
) -> None:
    """Write what came of it."""
    from tickets import TicketStep, Wish

    _take(number, Wish(TicketStep.ANSWER, text), by, json=json, config=config)


@tickets_app.command("follow-up")
def follow_up(
    number: Number,
    *,
    satisfaction: Annotated[
        int | None, typer.Option(help="What the caller says: 1 very satisfied ... 5 very dissatisfied.")
    ] = None,
    note: Note = "",
    by: By = None,
    json: Json = False,
    config: Config = None,
) -> None:
    """The caller was told, and asked. By setting, a ticket whose caller is not satisfied is reopened at once."""
    from tickets import TicketStep, Wish

    _take(number, Wish(TicketStep.FOLLOW_UP, note, satisfaction=satisfaction), by, json=json, config=config)


@tickets_app.command("close")
def close(number: Number, *, reason: Why = "", by: By = None, json: Json = False, config: Config = None) -> None:
    """Close a ticket: after the follow-up; or with a reason where nothing is left to be done, as after most calls."""
    from tickets import TicketStep, Wish

    _take(number, Wish(TicketStep.CLOSE, reason), by, json=json, config=config)


@tickets_app.command("merge")
def merge(
    number: Number,
    *,
    into: Annotated[str, typer.Option(metavar="NUMBER", help="The ticket that is about the same.")],
    note: Note = "",
    by: By = None,
    json: Json = False,
    config: Config = None,
) -> None:
    """Close a ticket that is about the same as another: its calls belong to that one from now on."""
    from tickets import TicketStep, Wish

    _take(number, Wish(TicketStep.MERGE, note, into=into), by, json=json, config=config)


Call = Annotated[str, typer.Argument(metavar="CALL", help="The call, as `hotline calls` names it.")]


@tickets_app.command("link")
def link(number: Number, call: Call, *, by: By = None, json: Json = False, config: Config = None) -> None:
    """Note that a call is about this ticket, too."""
    from hotline.cli import tickets_steps as steps
    from hotline.cli.app import settings_in_force

    steps.link(settings_in_force(config), number, call, by, as_json=json)


@tickets_app.command("unlink")
def unlink(number: Number, call: Call, *, by: By = None, json: Json = False, config: Config = None) -> None:
    """Note that a call is not about this ticket after all."""
    from hotline.cli import tickets_steps as steps
    from hotline.cli.app import settings_in_force

    steps.link(settings_in_force(config), number, call, by, undo=True, as_json=json)


@tickets_app.command("reopen")
def reopen(number: Number, *, reason: Why = "", by: By = None, json: Json = False, config: Config = None) -> None:
    """Take a ticket up again, with a reason; its time to be answered begins anew."""
    from tickets import TicketStep, Wish

    _take(number, Wish(TicketStep.REOPEN, reason), by, json=json, config=config)


@tickets_app.command("escalate")
def escalate(by: By = None, json: Json = False, config: Config = None) -> None:
    """Escalate tickets whose deadline has passed, once for each deadline; the running service does so each minute."""
    from hotline.cli import tickets_steps as steps
    from hotline.cli.app import settings_in_force

    steps.escalate(settings_in_force(config), by, as_json=json)


def _take(number: str, wish: "Wish", by: str | None, *, json: bool, config: Path | None) -> None:
    from hotline.cli import tickets_steps as steps
    from hotline.cli.app import settings_in_force

    steps.take(settings_in_force(config), number, wish, by, as_json=json)
