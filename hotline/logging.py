"""The log: structlog and the standard library's loggers in one stream, with the call's id bound and numbers masked.

Every line goes as JSON to a file that rolls over, and to a stream as readable lines (or JSON). Lines are made where
they are logged and written by a thread of their own, so that a slow disk never holds up a call; when the thread
cannot follow, lines are dropped and counted.
"""

import logging
import logging.handlers
import os
import queue
import sys
import time
from collections.abc import Iterator, MutableMapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from hotline.masking import mask_text, mask_value

_QUIET = ("panoramisk", "sqlalchemy", "aiosqlite", "alembic", "asyncio", "aiohttp", "pyttsx3", "comtypes")
_QUEUE = 10_000
_LAST_WORDS_S = 5.0
_TOGETHER_S = 0.02  # what came within it, a killed service loses
_FILE_BYTES = 50_000_000
_FILES_KEPT = 10


def mask_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask telephone numbers in everything that is logged; also makes a copy that nobody else changes any more."""
    masked: EventDict = {key: value if key.startswith("_") else mask_value(value, key) for key, value in event.items()}
    return masked


class Log:
    """The running log. ``close`` writes what is left and puts the standard library's root logger back."""

    def __init__(self, listener: "_Writer", handler: "_Enqueue", level_before: int) -> None:
        self._origins = ExitStack()
        self._origins.enter_context(_without_origins())
        self._listener = listener
        self._handler = handler
        self._level_before = level_before

    @property
    def dropped(self) -> int:
        """How many lines were lost because they came faster than they could be written."""
        return self._handler.dropped

    def close(self) -> None:
        """Write what is left and stop (idempotent)."""
        root = logging.getLogger()
        if self._handler not in root.handlers:
            return
        self._origins.close()
        root.removeHandler(self._handler)
        root.setLevel(self._level_before)
        self._listener.stop()
        for handler in self._listener.handlers:
            handler.close()
        structlog.reset_defaults()


def set_up_log(
    *,
    level: Literal["debug", "info", "warning", "error"] = "info",
    file: Path | None = None,
    stream: TextIO | None = None,
    stream_format: Literal["lines", "json"] = "lines",
) -> Log:
    """Send all logging to ``file`` (JSON, made with mode 0600) and ``stream``; call once a process, at its start."""
    number = logging.getLevelNamesMapping()[level.upper()]
    handlers: list[logging.Handler] = []
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        handlers.append(_PrivateFile(file, maxBytes=_FILE_BYTES, backupCount=_FILES_KEPT, encoding="utf-8"))
        handlers[-1].setFormatter(_formatter(_json()))
    if stream is not None:
        handlers.append(logging.StreamHandler(stream))
        handlers[-1].setFormatter(_formatter(_lines(stream) if stream_format == "lines" else _json()))
    root = logging.getLogger()
    level_before = root.level
    records: queue.Queue[Any] = queue.Queue(_QUEUE)
    handler = _Enqueue(records)
    listener = _Writer(records, *handlers)
    root.addHandler(handler)
    root.setLevel(number)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))
    logging.captureWarnings(True)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            mask_event,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    listener.start()
    return Log(listener, handler, level_before)


@contextmanager
def _without_origins() -> Iterator[None]:
    """Have the standard library not look up where each line comes from: nobody writes it, and it took a third of the
    time (https://docs.python.org/3/howto/logging.html#optimization)."""
    before = logging._srcfile, logging.logThreads, logging.logProcesses, logging.logMultiprocessing
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    try:
        yield
    finally:
        logging._srcfile, logging.logThreads, logging.logProcesses, logging.logMultiprocessing = before


def _formatter(renderer: Processor) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            _context_of_record,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.processors.format_exc_info,
            mask_event,
        ],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )


def _json() -> Processor:
    return structlog.processors.JSONRenderer(ensure_ascii=False)


def _lines(stream: TextIO) -> Processor:
    colours = stream.isatty() and "NO_COLOR" not in os.environ
    return structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback)


def _context_of_record(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Give a line of the standard library's the context (call id) and the moment it was logged in."""
    record: logging.LogRecord = event["_record"]
    context: MutableMapping[str, Any] = getattr(record, "hotline_context", {})
    moment = datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")
    return {**context, **event, "timestamp": moment}


class _Enqueue(logging.handlers.QueueHandler):
    """Hands records to the writing thread as they are, with what only the logging thread knows."""

    def __init__(self, records: "queue.Queue[Any]") -> None:
        super().__init__(records)
        self.dropped = 0

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        if not isinstance(record.msg, dict):  # the standard library's: arguments may change later, the text does not
            record.hotline_context = structlog.contextvars.get_contextvars()
            record.msg, record.args = mask_text(record.getMessage()), None
        return record

    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            self.queue.put_nowait(record)
        except queue.Full:
            self.dropped += 1


class _Writer(logging.handlers.QueueListener):
    """The writing thread. It writes together what comes within ``_TOGETHER_S``: calls wait each time it wakes."""

    def __init__(self, records: "queue.Queue[Any]", *handlers: logging.Handler) -> None:
        super().__init__(records, *handlers)
        self._records = records

    def dequeue(self, block: bool) -> Any:
        """Return the next record, or the end mark; of those to come, the first one has some company first."""
        with suppress(queue.Empty):
            return self._records.get_nowait()
        record = self._records.get(block)
        if record is not None:
            time.sleep(_TOGETHER_S)
        return record

    def stop(self) -> None:
        """Write what is queued, for a few seconds at most: a disk that stands still must not keep us from ending."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        try:
            self._records.put(None, timeout=_LAST_WORDS_S)  # None is QueueListener's end mark
        except queue.Full:
            return
        thread.join(_LAST_WORDS_S)


class _PrivateFile(logging.handlers.RotatingFileHandler):
    """A file that rolls over and that only its owner may read: names and words of callers are in it."""

    def shouldRollover(self, record: logging.LogRecord) -> bool:
        """Whether the file is full; the library's own would make every line twice to know whether it still fits."""
        del record
        return self.stream is not None and self.stream.tell() >= self.maxBytes

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace")


def set_up_cli_log() -> None:
    """Make structlog write warnings to standard error, for short-lived commands whose output is on standard output."""
    structlog.configure(
        processors=[structlog.processors.format_exc_info, mask_event, structlog.dev.ConsoleRenderer(colors=False)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
