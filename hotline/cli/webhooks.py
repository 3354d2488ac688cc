"""``hotline webhooks``, on the ticket store itself: the running service sends what is due."""

import time
from zoneinfo import ZoneInfo

import typer

from hotline.cli import show, stored
from hotline.settings import Settings
from hotline.webhooks import WebhookSecrets
from tickets import Deliveries

_STATES = ("waiting", "done", "dead")


def show_list(settings: Settings, state: str | None, target: str | None, limit: int, *, as_json: bool) -> None:
    """Show deliveries."""
    if state is not None and state not in _STATES:
        show.fail(f"--state: there is no {state!r}; there are: {', '.join(_STATES)}", show.EXIT_MISTAKE)
    found = stored.read(settings, lambda store: Deliveries(store).find(state=state, target=target, limit=limit))
    if as_json:
        show.give_json([{**one.model_dump(mode="json"), "state": one.state} for one in found])
        return
    zone = ZoneInfo(settings.time_zone)
    show.table(
        "", ("id", "made", "to", "topic", "key", "state", "tried", "next", "why not"),
        [
            (one.id, show.moment(one.created_at, zone), one.target, one.topic, one.idempotency_key, one.state,
             one.attempts, show.moment(one.next_at if one.state == "waiting" else None, zone), one.error)
            for one in found
        ],
        empty="No such messages (yet).",
    )  # fmt: skip


def replay(settings: Settings, ids: list[int], *, dead: bool, as_json: bool) -> None:
    """Have messages sent again; leaves with 1 when there are none such."""
    if bool(ids) == dead:
        show.fail("say which: numbers of `hotline webhooks list`, or --dead for all that were given up",
                  show.EXIT_MISTAKE)  # fmt: skip
    count = stored.read(settings, lambda store: Deliveries(store).replay(time.time(), None if dead else ids))
    if as_json:
        show.give_json({"replayed": count})
    elif count or dead:
        typer.echo(f"{count} to be sent again")
    if not count and ids:
        show.fail("there are no such messages: `hotline webhooks list` shows them", show.EXIT_FAILED)


def show_targets(settings: Settings, *, as_json: bool) -> None:
    """Show the systems that are told, with their secrets."""
    kept = WebhookSecrets(settings.webhook_secrets_file)
    try:
        rows = [
            {"target": name, "url": one.url, "topics": one.topics, "secret": kept.of(name)}
            for name, one in settings.webhooks.targets.items()
        ]
    except OSError as error:
        show.fail(f"{settings.webhook_secrets_file} cannot be read or written: {error.strerror}", show.EXIT_FAILED)
    except ValueError as error:
        show.fail(f"{error}; mend it, or move it away to have new secrets made", show.EXIT_FAILED)
    if as_json:
        show.give_json(rows)
        return
    show.table("", ("target", "url", "topics", "secret"), [list(row.values()) for row in rows],
               empty="No target is set: see webhooks.targets in docs/settings.md.")  # fmt: skip
