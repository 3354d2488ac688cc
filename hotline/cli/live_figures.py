"""``hotline live``: the figures of the last 15 minutes and of today, out of the running service."""

import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from hotline.cli import show
from hotline.cli.report_words import COLUMNS, WORDS, Language
from hotline.cli.running import NotRunning, Refused, ask, listen
from hotline.settings import Settings
from tickets.reporting import Rules

_COUNTS = ("turned_away", "asked", "answered", "abandoned", "short_abandoned")
_SHARES = ("connect_rate", "service_level", "abandonment", "satisfaction")
_SECONDS = ("asa_s", "aht_s", "longest_wait_s")


def live(settings: Settings, *, as_json: bool, follow: bool, language: Language) -> None:
    """Show them once, or, with ``follow``, again whenever they change, until Ctrl-C."""
    try:
        if not follow:
            _give(ask(settings.control_file, "live"), as_json=as_json, language=language)
            return
        with suppress(KeyboardInterrupt):
            for told in listen(settings.control_file, "live"):
                if as_json:
                    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
                    sys.stdout.flush()
                else:
                    show.console().clear()
                    _give(told, as_json=False, language=language)
    except NotRunning as error:
        show.fail(str(error), show.EXIT_NOT_RUNNING)
    except Refused as error:
        show.fail(str(error), show.EXIT_FAILED)


def _give(told: Mapping[str, Any], *, as_json: bool, language: Language) -> None:
    if as_json:
        show.give_json(told)
        return
    rules = Rules(threshold_s=told["threshold_s"], short_abandon_s=told["short_abandon_s"])
    now, windows = told["now"], (told["last_15_min"], told["today"])
    seats = ", ".join(f"{state} {count}" for state, count in now["seats"].items() if count)
    queues = ", ".join(f"{queue} {count}" for queue, count in now["queues"].items() if count)
    words = {key: said.to(language, rules) for key, said in {**WORDS, **COLUMNS}.items()}
    show.facts([
        (words["calls_now"], now["calls"]), (words["waiting_now"], now["waiting"]), (words["by_queue_now"], queues),
        (words["longest_wait_s"], show.duration(now["longest_wait_s"])), (words["seats_now"], seats),
    ])  # fmt: skip
    rows = [(words["arrived"], *(window["arrived"] for window in windows))]
    rows += [(words[key], *(window[key] for window in windows)) for key in _COUNTS]
    rows += [(words[key], *(_share(window[key]) for window in windows)) for key in _SHARES]
    rows += [(words[key], *(show.duration(window[key]) for window in windows)) for key in _SECONDS]
    show.table("", (words["figure"], words["last_15_min"], words["today"]), rows, empty="")


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"
