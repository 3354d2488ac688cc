"""``hotline satisfaction``: what callers say of their calls, out of the ticket store."""

import time
from typing import Any
from zoneinfo import ZoneInfo

from hotline.cli import show
from hotline.cli.since import parse_since
from hotline.cli.stored import read
from hotline.settings import Settings
from tickets import Reader, SurveyBy, SurveyFigures

TARGET = 0.98
FORMULA = "satisfied answers to the question after the call / answers"


def show_satisfaction(settings: Settings, *, since: str, until: str | None, by: str | None, as_json: bool) -> None:
    """Show the satisfied share and the answers, of all and told apart."""
    zone = ZoneInfo(settings.time_zone)
    start, end = _moment("--since", since, zone), None if until is None else _moment("--until", until, zone)
    try:
        apart = None if by is None else SurveyBy(by)
    except ValueError:
        show.fail(f"--by: {by!r} is none of: {', '.join(SurveyBy)}", show.EXIT_MISTAKE)

    async def asked(reader: Reader) -> tuple[SurveyFigures, list[SurveyFigures]]:
        [whole] = await reader.survey(since=start, until=end) or [SurveyFigures()]
        return whole, [] if apart is None else await reader.survey(since=start, until=end, by=apart)

    whole, groups = read(settings, lambda store: asked(Reader(store)))
    if as_json:
        show.give_json({
            "formula": FORMULA, "target": TARGET, "since": start, "until": end, **_as_data(whole),
            "by": apart, "groups": [{"name": one.group, **_as_data(one)} for one in groups],
        })  # fmt: skip
        return
    show.facts([
        ("satisfaction", f"{_share(whole)}; target: at least {TARGET:.0%}"), ("which is", FORMULA),
        ("calls since", show.moment(start, zone)), ("until", show.moment(end, zone)),
        ("answered by a person", str(whole.talked)), ("said something", str(whole.answers)),
        ("satisfied", str(whole.satisfied)),
    ])  # fmt: skip
    if apart is not None:
        show.console().print()
        rows = [(one.group, one.talked, one.answers, one.satisfied, _share(one)) for one in groups]
        columns = (apart.value, "answered by a person", "said something", "satisfied", "satisfaction")
        show.table("", columns, rows, empty="No call was answered in that time.")
    if whole.questions:
        show.console().print()
        keys = [(name, key, times) for name, counts in whole.questions.items() for key, times in counts.items()]
        show.table("", ("question", "key", "times"), keys, empty="")


def _moment(option: str, text: str, zone: ZoneInfo) -> float:
    try:
        return parse_since(text, time.time(), zone)
    except ValueError as error:
        show.fail(f"{option}: {error}", show.EXIT_MISTAKE)


def _share(one: SurveyFigures) -> str:
    return "nobody was asked, or answered" if one.share is None else f"{one.share:.1%}"


def _as_data(one: SurveyFigures) -> dict[str, Any]:
    return {**one.model_dump(mode="json", exclude={"group"}), "share": one.share}
