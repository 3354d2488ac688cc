"""Asking the running service: its control file says where it listens and with which token."""

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_PATIENCE_S = 5.0
_STREAM_PATIENCE_S = 30.0  # a stream tells something every few seconds
_COMMAND_S = 120.0  # new prompts may have to be spoken first


class NotRunning(Exception):
    """The service does not answer; the message says what to do."""


class Refused(Exception):
    """The service answered, but not with what was asked for."""


class Senseless(Refused):
    """What was asked for makes no sense; the message says what would."""


def ask(control_file: Path, page: str, *, patience_s: float = _PATIENCE_S) -> Any:
    """Return what ``/api/<page>`` of the running service shows. Raises ``NotRunning`` (also when it takes longer than
    ``patience_s`` seconds) or ``Refused``."""
    return _exchange(control_file, "GET", page, patience_s, None)


def tell(control_file: Path, command: str, what: Mapping[str, Any] | None = None) -> Any:
    """Have the running service do something (``what`` says what); return what came of it. Raises ``NotRunning`` or
    ``Refused``."""
    return _exchange(control_file, "POST", command, _COMMAND_S, what)


def listen(control_file: Path, stream: str) -> Iterator[Any]:
    """Yield what a stream of the running service tells, until it ends. Raises ``NotRunning`` or ``Refused``."""
    with _answered(control_file, "GET", f"streams/{stream}", _STREAM_PATIENCE_S, None) as response:
        if response.status != 200:
            _understood(response.status, response.read(), stream)
        for line in response:
            if line.startswith(b"data: "):
                yield json.loads(line.removeprefix(b"data: "))
    raise NotRunning("the hotline has stopped")


def _exchange(control_file: Path, method: str, page: str, patience_s: float, what: Mapping[str, Any] | None) -> Any:
    with _answered(control_file, method, page, patience_s, what) as response:
        return _understood(response.status, response.read(), page)


@contextmanager
def _answered(
    control_file: Path, method: str, page: str, patience_s: float, what: Mapping[str, Any] | None
) -> Iterator[http.client.HTTPResponse]:
    """Ask, and give the answer to be read."""
    try:
        told = json.loads(control_file.read_text(encoding="utf-8"))
        url, token = urlsplit(told["url"]), str(told["token"])
    except FileNotFoundError:
        raise NotRunning(f"the hotline is not running ({control_file} is not there); start it: hotline up") from None
    except PermissionError:
        raise NotRunning(f"{control_file} may only be read by the user who started the hotline") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotRunning(f"{control_file} cannot be understood ({error}); start the hotline anew: hotline up") from None
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=patience_s)
    try:
        sent = None if what is None else json.dumps(what).encode()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request(method, f"/api/{page}", body=sent, headers=headers)
        yield connection.getresponse()
    except TimeoutError:
        raise NotRunning(f"the hotline at {told['url']} did not answer within {patience_s:g} s; see its log") from None
    except (OSError, http.client.HTTPException) as error:
        raise NotRunning(f"the hotline at {told['url']} does not answer ({error}); start it: hotline up") from None
    finally:
        connection.close()


def _understood(status: int, body: bytes, page: str) -> Any:
    try:
        answer = json.loads(body)
    except ValueError:
        raise Refused(f"something that is not the hotline answers on its port (status {status} for {page})") from None
    if status == 400:
        raise Senseless(str(answer.get("error", "")) if isinstance(answer, dict) else "")
    if status != 200:
        told = answer.get("error", "") if isinstance(answer, dict) else ""
        raise Refused(f"the hotline answered {status} to {page}: {told}")
    return answer
