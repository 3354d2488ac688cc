"""A recorded day out of the store, lived again: what is taken of its calls, and what is told when it cannot be."""

import asyncio
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from hotline.cli import scenario as scenarios
from hotline.cli.app import app
from simulator.scenario import Read, Run
from simulator.scenario.recorded import RecordedCall
from tickets import Store
from tickets.asking import rows_of
from tickets.models import CallRow

SCENARIO = """name: again
calls: 1000
compress: 60
arrivals: {{kind: replay, day: {day}, store: "{store}", begins: "09:00", ends: "12:00"}}
callers:
  people: {{steps: [{{press: recorded}}, {{wait: 1}}, {{talk: recorded}}, {{hang_up: true}}]}}
  english: {{queues: [english], steps: [{{wait: 1}}, {{hang_up: true}}]}}
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A generated month of 3,000 calls."""
    url = f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('month') / 'month.db'}"
    made = CliRunner().invoke(app, ["generate-month", "--calls", "3000", "--month", "2026-11", "--store", url])
    assert made.exit_code == 0, made.output
    return url


@pytest.fixture
def lived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Read]:
    """Runs are pretended: what was to be lived is kept."""
    seen: list[Read] = []

    async def pretended(read: Read, plans, **how) -> Run:
        seen.append(read)
        return Run(read.scenario, how["target"], seconds=1.0)

    monkeypatch.setattr(scenarios, "run_scenario", pretended)
    monkeypatch.chdir(tmp_path)
    return seen


def command(day: str, store: str, text: str = SCENARIO):
    Path("again.yaml").write_text(text.format(day=day, store=store), encoding="utf-8")
    return CliRunner().invoke(app, ["simulate", "again.yaml", "--target", "sip:127.0.0.1:5070"])


async def count(url: str, day: date) -> tuple[int, set[str]]:
    """Return how many called on a day, and their numbers."""
    reader = Store(url)
    try:
        here = func.date(CallRow.arrived_at, "unixepoch", "+8 hours") == day.isoformat()
        numbers = [row[0] for row in await rows_of(reader, select(CallRow.caller).where(here))]
        return len(numbers), set(numbers)
    finally:
        await reader.close()


def test_the_calls_of_a_day_come_with_times_queues_keys_and_durations_and_without_numbers(
    store: str, lived: list[Read]
) -> None:
    command("2026-11-03", store)
    [read] = lived
    came, numbers = asyncio.run(count(store, date(2026, 11, 3)))
    assert len(read.recorded) == came > 60
    assert [call.at_s for call in read.recorded] == sorted(call.at_s for call in read.recorded)
    assert all(0 <= call.at_s < 86_400 for call in read.recorded)
    talked = [call for call in read.recorded if call.talked_s]
    assert all(call.keys == ("1",) and call.queue and not call.gave_up for call in talked)
    assert len(talked) > came / 2
    told = repr(read.recorded)
    assert numbers
    assert not any(number in told for number in numbers)


UNCLAIMED = SCENARIO.replace("people: {{", "people: {{queues: [housing], ")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param({"day": "2026-12-03"}, "the store has no calls of 2026-12-03 from 09:00", id="another month"),
        pytest.param({"store": "sqlite+aiosqlite:///nowhere.db"}, "there is no ticket store", id="no store"),
        pytest.param({"store": "nonsense"}, "this is no store that can be used", id="no URL"),
        pytest.param({"day": "3rd"}, "again.yaml:4: arrivals.day", id="no day"),
        pytest.param({"text": UNCLAIMED}, "no kind stands for recorded calls", id="somebody is nobody's"),
    ],
)
def test_a_day_that_cannot_be_lived_is_told(store: str, lived: list[Read], given: dict[str, str], told: str) -> None:
    result = command(**{"day": "2026-11-03", "store": store, **given})
    assert result.exit_code in (2, 4), result.output
    assert told in result.stderr
    assert "Traceback" not in result.stderr
    assert not lived
    assert not Path("nowhere.db").exists()


def test_a_recorded_call_holds_nothing_that_tells_who_called() -> None:
    assert set(RecordedCall.__slots__) == {"at_s", "queue", "keys", "waited_s", "talked_s", "gave_up"}
