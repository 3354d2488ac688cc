"""``hotline call``: one call, and what can be done in it. Nothing heavy is imported before a command runs."""
# ruff: noqa: PLC0415 - that is what keeps it quick

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from hotline.cli.options import Config, Json


class _CallOrAct(TyperGroup):
    """``hotline call ID`` shows the call; ``hotline call hold ID`` does something in it."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Take what is no command for a call's id."""
        return super().resolve_command(ctx, args if args[0] in self.commands else ["show", *args])


call_app = typer.Typer(
    name="call", cls=_CallOrAct, no_args_is_help=True,
    help="One call, with its timeline and segments; and holding, consulting, parking, transferring in a talk.",
)  # fmt: skip

Which = Annotated[
    str, typer.Argument(metavar="CALL", help="The call's id, the beginning of it, or seat:NNNN for the talk there.")
]
Agent = Annotated[str, typer.Option("--agent", metavar="ID", help="On behalf of this agent: only in their own talk.")]
Whom = Annotated[str, typer.Argument(metavar="WHOM", help="department:KEY, agent:ID or queue:NAME; or what is keyed.")]
Dropped = Annotated[
    str,
    typer.Argument(
        metavar="WHOM",
        help="As `hotline call talks` names them: department:KEY or agent:ID; or the seat or number that was rung. "
        "Left out: who is being rung, else who joined last.",
    ),
]
Where = Annotated[str, typer.Argument(metavar="WHERE", help="department:KEY, agent:ID, queue:NAME or menu.")]


def _do(act: str, call: str, to: str = "", *, agent: str, as_json: bool, config: Path | None) -> None:
    from hotline.cli import call as talk
    from hotline.cli.app import settings_in_force

    talk.order(settings_in_force(config), {"act": act, "call": call, "to": to, "agent": agent}, as_json=as_json)


@call_app.command(hidden=True)
def show(
    call: Annotated[str, typer.Argument(help="The call, as `hotline calls` names it.")],
    *,
    json: Json = False,
    full: Annotated[bool, typer.Option("--full", help="Telephone numbers in full.")] = False,
    config: Config = None,
) -> None:
    """One call, with its timeline, and who was connected to whom; works while the service is down too."""
    from hotline.cli import stored
    from hotline.cli.app import settings_in_force

    stored.calls(settings_in_force(config), stored.Wanted(as_json=json, full=full), call)


@call_app.command()
def hold(call: Which, *, agent: Agent = "", json: Json = False, config: Config = None) -> None:
    """Put the caller on hold: they alone hear music."""
    _do("hold", call, agent=agent, as_json=json, config=config)


@call_app.command()
def resume(call: Which, *, agent: Agent = "", json: Json = False, config: Config = None) -> None:
    """Take the caller back, from hold or from a consultation (who was consulted is hung up)."""
    _do("resume", call, agent=agent, as_json=json, config=config)


@call_app.command()
def consult(call: Which, to: Whom, *, agent: Agent = "", json: Json = False, config: Config = None) -> None:
    """Ring somebody for the agent, while the caller hears music."""
    _do("consult", call, to, agent=agent, as_json=json, config=config)


@call_app.command()
def invite(call: Which, to: Whom, *, agent: Agent = "", json: Json = False, config: Config = None) -> None:
    """Ring somebody into the talk, while agent and caller talk on."""
    _do("invite", call, to, agent=agent, as_json=json, config=config)


@call_app.command()
def swap(call: Which, *, agent: Agent = "", json: Json = False, config: Config = None) -> None:
    """Talk with the other one: whoever the agent talked with hears music."""
    _do("swap", call, agent=agent, as_json=json, config=config)


@call_app.command()
def merge(call: Which, *, agent: Agent = "", json: Json = False, config: Config = None) -> None:
    """Bring caller, agent and whoever is consulted together."""
    _do("merge", call, agent=agent, as_json=json, config=config)


@call_app.command()
def drop(
    call: Which, whom: Dropped = "", *, agent: Agent = "", json: Json = False, config: Config = None
) -> None:  # fmt: skip
    """Hang up, or stop ringing, one whom the agent has brought in; all others talk on."""
    _do("drop", call, whom, agent=agent, as_json=json, config=config)


@call_app.command()
def complete(call: Which, *, agent: Agent = "", json: Json = False, config: Config = None) -> None:
    """The agent leaves, the others talk on."""
    _do("complete", call, agent=agent, as_json=json, config=config)


@call_app.command()
def transfer(call: Which, to: Where, *, agent: Agent = "", json: Json = False, config: Config = None) -> None:
    """Pass the caller on without asking there first; who cannot be reached there comes back to the queue, in front."""
    _do("transfer", call, to, agent=agent, as_json=json, config=config)


@call_app.command()
def park(call: Which, *, agent: Agent = "", json: Json = False, config: Config = None) -> None:
    """Have the caller hear music until somebody picks them up by the park number; the agent is free."""
    _do("park", call, agent=agent, as_json=json, config=config)


@call_app.command()
def talks(*, json: Json = False, config: Config = None) -> None:
    """The talks that go on: whose each is, how it stands, and whom the agent has brought in."""
    from hotline.cli import call as talk
    from hotline.cli.app import settings_in_force

    talk.talks(settings_in_force(config), as_json=json)


@call_app.command("pick-up")
def pick_up(
    which: Annotated[str, typer.Argument(metavar="NUMBER", help="The park number, or the call's id.")],
    *,
    agent: Annotated[str, typer.Option("--agent", metavar="ID", help="Who takes the caller; their phone rings.")],
    json: Json = False,
    config: Config = None,
) -> None:
    """Have a parked caller taken by an agent: their phone rings, and has the caller when it is answered."""
    from hotline.cli import call as talk
    from hotline.cli.app import settings_in_force

    talk.pick_up(settings_in_force(config), which, agent, as_json=json)


@call_app.command()
def parked(*, json: Json = False, config: Config = None) -> None:
    """Who is parked, by whom, until when."""
    from hotline.cli import call as talk
    from hotline.cli.app import settings_in_force

    talk.parked(settings_in_force(config), as_json=json)
