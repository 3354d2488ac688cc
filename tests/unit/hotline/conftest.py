"""Commands on a real store, while no service runs. A test file that needs another folder has a ``here`` of its own."""

import asyncio
import json
import os
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hotline.cli.app import app
from tickets import Store

ROOT = Path(__file__).parents[3]
Run = Callable[..., Awaitable[Any]]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation's folder, with the shipped directory and categories, as the current one."""
    for name in [name for name in os.environ if name.startswith("HOTLINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOTLINE_CONFIG", "")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dialplans").mkdir()
    for name in ("directory.yaml", "categories.yaml"):
        shutil.copy(ROOT / "dialplans" / name, tmp_path / "dialplans")
    return tmp_path


@pytest.fixture
async def store(here: Path, new_store: Path) -> Any:
    """Its ticket store."""
    (here / "var").mkdir()
    shutil.copy(new_store, here / "var" / "hotline.db")
    store = Store(f"sqlite+aiosqlite:///{here / 'var' / 'hotline.db'}")
    yield store
    await store.close()


@pytest.fixture
def run(store: Store) -> Run:
    """Runs a command there."""

    async def run(*arguments: str) -> Any:
        return await asyncio.to_thread(CliRunner().invoke, app, list(arguments))

    return run


@pytest.fixture
def done(run: Run) -> Run:
    """Runs a command that must succeed, and returns its JSON."""

    async def done(*arguments: str) -> Any:
        result = await run(*arguments, "--json")
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    return done
