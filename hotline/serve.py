"""Running the service in a process. ``hotline up`` starts ``python -m hotline.serve``, on the files it has taken."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable, Coroutine

import structlog

from agents import DirectoryError
from hotline.logging import set_up_log
from hotline.memory import keep_giving_back, malloc_trim, settle_shared_strings
from hotline.service import Service
from hotline.settings import Settings
from hotline.settings_file import SettingsMistake, load_settings
from hotline.versions import Versions
from hotline.watchdog import Watchdog
from ivr import FlowErrors
from recorder import SealError, StorageError
from telephony.ami import AmiError
from tickets import StoreUnavailable

log = structlog.get_logger(__name__)


async def run_until_stopped(settings: Settings, log_dropped: Callable[[], int] = lambda: 0) -> None:
    """Run the service until SIGTERM or SIGINT; SIGHUP reads the flows anew. Calls in progress are left to the next."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    watchdog = Watchdog()
    async with Service(settings, log_dropped=log_dropped) as service:
        loop.add_signal_handler(signal.SIGHUP, service.reload_soon)
        gc.freeze()  # directory, flows and code stay: looking at them for rubbish would only hold up calls
        watchdog.start()
        giving_back = asyncio.create_task(keep_giving_back(malloc_trim()), name="memory")
        await stop.wait()
        giving_back.cancel()
        watchdog.stop()
        log.info("service.stopping", calls=service.switchboard.calls)


def serve(settings: Settings, *, take: bool = True) -> int:
    """Run the service in this process; return the exit code: 0 when it was asked to stop, 2 when people's files hold
    mistakes and no version without one is there, 1 when something else stands in the way.

    ``take`` tells whether the edited files are looked at; else the version in use runs, when there is one.
    """
    os.umask(settings.umask)
    guard = set_up_log(
        level=settings.log.level, file=settings.log_file, stream=sys.stderr, stream_format=settings.log.format
    )
    versions = Versions(settings)
    try:
        if take or not versions.there:
            for mistake in versions.take():
                log.critical("service.mistake", mistake=mistake)
            if not versions.there:
                return 2
        settle_shared_strings()
        _run(run_until_stopped(settings, lambda: guard.dropped))
    except (FlowErrors, DirectoryError) as error:  # an older version of this program took them for right
        for found in error.mistakes:
            log.critical("service.mistake", mistake=str(found))
        return 2
    except (AmiError, StoreUnavailable, StorageError, SealError, OSError) as error:
        log.critical("service.cannot_start", error=str(error))
        return 1
    finally:
        guard.close()
    return 0


def _run(main: Coroutine[None, None, None]) -> None:
    try:
        import uvloop  # noqa: PLC0415 - where it is
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)


def main() -> int:
    """Load the settings and serve; return the exit code."""
    try:
        settings = load_settings()
    except SettingsMistake as error:
        sys.stderr.write("\n".join(["The settings cannot be used:", *error.mistakes]) + "\n")
        return 2
    return serve(settings, take=False)


if __name__ == "__main__":
    sys.exit(main())
