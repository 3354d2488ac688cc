"""The log: one stream for all, JSON in the file, the call's id on every line, no numbers."""

import io
import json
import logging
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import structlog

from hotline.logging import Log, set_up_log

NUMBER = "13812345678"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "log" / "hotline.log"


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def log(file: Path, stream: io.StringIO) -> Iterator[Log]:
    structlog.contextvars.clear_contextvars()
    log = set_up_log(file=file, stream=stream)
    yield log
    log.close()
    structlog.contextvars.clear_contextvars()
    logging.captureWarnings(False)


@pytest.fixture
def lines(log: Log, file: Path) -> Callable[[], list[dict[str, Any]]]:
    def read() -> list[dict[str, Any]]:
        log.close()
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]

    return read


def fail(error: Exception) -> None:
    raise error


def test_a_line_is_json_with_level_logger_and_time(lines: Callable[[], list[dict[str, Any]]]) -> None:
    structlog.get_logger("acd").info("offer.made", agent="2001", name="张三")
    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "offer.made", "agent": "2001", "name": "张三", "level": "info", "logger": "acd"}


def test_chinese_is_readable_in_the_file(log: Log, file: Path) -> None:
    structlog.get_logger().info("hello", name="张三")
    log.close()
    assert "张三" in file.read_text(encoding="utf-8")


def test_the_call_is_on_lines_of_ours_and_of_libraries(lines: Callable[[], list[dict[str, Any]]]) -> None:
    with structlog.contextvars.bound_contextvars(call="a1-1763907000.17"):
        structlog.get_logger().info("ours")
        logging.getLogger("somebody").warning("theirs %d", 5)
    structlog.get_logger().info("later")
    ours, theirs, later = lines()
    assert ours["call"] == theirs["call"] == "a1-1763907000.17"
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("theirs 5", "warning", "somebody")
    assert "call" not in later


def test_no_number_reaches_file_or_terminal(log: Log, file: Path, stream: io.StringIO) -> None:
    structlog.get_logger().info(f"call from {NUMBER}", caller=NUMBER, data={"to": [NUMBER]})
    logging.getLogger("panoramisk").warning("CallerIDNum: %s", NUMBER)
    try:
        fail(ValueError(f"cannot ring {NUMBER}"))
    except ValueError:
        structlog.get_logger().exception("failed")
        logging.getLogger("x").exception("failed too")
    log.close()
    for text in (file.read_text(encoding="utf-8"), stream.getvalue()):
        assert text.count("138****5678") >= 5
        assert NUMBER not in text


def test_an_exception_is_told_with_its_place(lines: Callable[[], list[dict[str, Any]]]) -> None:
    try:
        fail(LookupError("no such seat"))
    except LookupError:
        structlog.get_logger().exception("failed")
    (line,) = lines()
    assert line["level"] == "error"
    assert "LookupError: no such seat" in line["exception"]
    assert "test_hotline_logging.py" in line["exception"]


def test_what_is_logged_does_not_change_afterwards(lines: Callable[[], list[dict[str, Any]]]) -> None:
    skills = ["general"]
    structlog.get_logger().info("agent", skills=skills)
    logging.getLogger("x").warning("agent %s", skills)
    skills.append("changed")
    assert "changed" not in json.dumps(lines())


def test_the_terminal_gets_readable_lines(log: Log, stream: io.StringIO) -> None:
    structlog.get_logger("acd").info("offer.made", agent="2001")
    log.close()
    assert "offer.made" in stream.getvalue()
    assert "agent=2001" in stream.getvalue()
    assert "\x1b[" not in stream.getvalue()


def test_the_terminal_can_get_json() -> None:
    stream = io.StringIO()
    log = set_up_log(stream=stream, stream_format="json")
    structlog.get_logger().info("hello")
    log.close()
    assert json.loads(stream.getvalue())["event"] == "hello"


def test_levels_below_the_chosen_one_are_not_written(file: Path) -> None:
    log = set_up_log(file=file, level="warning")
    structlog.get_logger().info("quiet")
    logging.getLogger("x").info("quiet")
    structlog.get_logger().warning("loud")
    log.close()
    assert [json.loads(line)["event"] for line in file.read_text(encoding="utf-8").splitlines()] == ["loud"]


def test_chatty_libraries_are_quiet_below_warning(file: Path) -> None:
    log = set_up_log(file=file, level="debug")
    logging.getLogger("sqlalchemy.engine").info("SELECT")
    logging.getLogger("panoramisk.manager").debug("data")
    structlog.get_logger().debug("ours")
    log.close()
    assert [json.loads(line)["event"] for line in file.read_text(encoding="utf-8").splitlines()] == ["ours"]


def test_only_the_owner_may_read_the_file(log: Log, file: Path) -> None:
    structlog.get_logger().info("hello")
    log.close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_disk_that_stands_still_costs_lines_and_no_time() -> None:
    let_go = threading.Event()
    reached = threading.Event()

    class Stuck(io.StringIO):
        def write(self, text: str) -> int:
            reached.set()
            let_go.wait(120)  # the 10,100 lines take longer than one thinks where others want the processor
            return len(text)

    log = set_up_log(stream=Stuck())
    try:
        structlog.get_logger().info("first")
        assert reached.wait(5)
        for number in range(10_100):
            structlog.get_logger().info("more", number=number)
        assert log.dropped == 100
    finally:
        let_go.set()
        log.close()


def test_closing_twice_is_closing_once(log: Log) -> None:
    assert logging._srcfile is None, "where a line comes from is looked up for nobody"
    log.close()
    log.close()
    assert logging._srcfile is not None
    assert not [handler for handler in logging.getLogger().handlers if type(handler).__module__ == "hotline.logging"]


def test_a_file_that_is_full_is_put_aside_and_a_new_one_begun(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotline.logging._FILE_BYTES", 2_000)
    log = set_up_log(file=file, stream=None)
    try:
        for number in range(40):
            structlog.get_logger("test").info("line", place=number)
    finally:
        log.close()
    files = sorted(file.parent.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    assert len(files) > 1
    lines = [line for path in files for line in path.read_text().splitlines()]
    assert sorted(json.loads(line)["place"] for line in lines) == list(range(40)), "none is lost, none cut"
    assert all(path.stat().st_size < 2_500 for path in files)
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_lines_that_come_together_are_written_together(monkeypatch: pytest.MonkeyPatch) -> None:
    asleep, let_go = threading.Event(), threading.Event()

    def sleep(_seconds: float) -> None:
        asleep.set()
        let_go.wait(60)

    monkeypatch.setattr("hotline.logging.time", SimpleNamespace(sleep=sleep))
    stream = io.StringIO()
    log = set_up_log(stream=stream)
    try:
        structlog.get_logger().info("first")
        assert asleep.wait(60)
        structlog.get_logger().info("second")
        assert stream.getvalue() == ""
    finally:
        let_go.set()
        log.close()
    assert [word for word in stream.getvalue().split() if word in ("first", "second")] == ["first", "second"]
