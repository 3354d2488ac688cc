"""Reports on PostgreSQL: the same month has the same figures there."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import postgres as postgresql
import pytest
from typer.testing import CliRunner

from hotline.cli.app import app


@pytest.fixture
def on_postgres(postgres: str) -> Iterator[str]:
    """The URL of an empty database."""
    made = asyncio.run(postgresql.make_database(postgres))
    yield made
    asyncio.run(postgresql.drop_database(postgres, made))


def run(*words: str) -> str:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 0, result.output
    return result.stdout


def told(url: str, *words: str) -> dict[str, Any]:
    run("generate-month", "--calls", "600", "--seed", "7", "--month", "2026-10", "--store", url)
    found: dict[str, Any] = json.loads(run("report", "month", "2026-10", "--json", "--store", url))
    return found


def test_a_month_has_the_same_figures_on_postgresql_as_on_sqlite(
    on_postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_CONFIG", "")
    monkeypatch.chdir(tmp_path)
    on_sqlite = told("sqlite+aiosqlite:///month.db")
    assert on_sqlite["arrived"] == 600
    assert on_sqlite["concerns"]["overdue"] > 0
    assert told(on_postgres) == on_sqlite
    page = tmp_path / "month.html"
    run("report", "month", "2026-10", "--html", str(page), "--store", on_postgres)
    assert "养老保险" in page.read_text(encoding="utf-8")
