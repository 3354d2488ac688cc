"""The short-lived process that speaks: reads one request on stdin, writes the files, ends.

It is run by its path (not as a module of the package) so that it imports nothing but pyttsx3 and starts in some 40 ms.
The request is JSON: ``{"voice": .., "rate": .., "limit_s": .., "texts": [[text, out], ...]}``; each ``out`` appears
when it is complete. Exit status 0 means that all were spoken; otherwise stderr says why.

What pyttsx3 2.99 does, and why it is used so: ``runAndWait`` queues the end of its loop behind the text, so it returns
before espeak-ng has spoken, and ending the loop cancels what espeak-ng has in hand: now and then the rate just set, or
in a second run the text itself. ``startLoop`` alone ends with the finished utterance. Still, one text a process (forked
before espeak-ng is initialised), and the voice is read back (the rate cannot be: its getter leaves out an argument).
"""

import contextlib
import difflib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pyttsx3
import pyttsx3.drivers.espeak  # loads the library once for all children; initialises nothing

EXIT_VOICE = 3
EXIT_FAILED = 4


def find_voice(engine: Any, wanted: str) -> str:
    """Return the identifier of a voice. Raises ``LookupError`` when the engine has none so named.

    espeak-ng falls back to English without a word when it does not know a voice.
    """
    known = {name.lower(): voice.id for voice in engine.getProperty("voices") for name in [*voice.languages, voice.id]}
    known |= {identifier.rpartition("/")[2]: identifier for identifier in list(known.values())} | known
    identifier = known.get(wanted.lower())
    if identifier is None:
        near = difflib.get_close_matches(wanted.lower(), known, cutoff=0.3)
        raise LookupError(f"there is no voice {wanted!r}; near to it: {', '.join(near) or 'none'}")
    return str(identifier)


def speak(text: str, out: Path, voice: str, rate: int, limit_s: float) -> None:
    """Speak one text into ``out``; to be called once in a process.

    Raises ``TimeoutError`` when the engine has not finished within ``limit_s``, ``LookupError`` when there is no such
    voice, and ``RuntimeError`` when the engine gave up or another voice spoke.
    """
    signal.signal(signal.SIGALRM, _too_late)  # also when nobody is left to kill us: the service itself can be killed
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    completions: list[bool] = []
    engine = pyttsx3.init("espeak")
    identifier = find_voice(engine, voice)
    engine.connect("finished-utterance", lambda name, completed: completions.append(completed))
    engine.setProperty("voice", voice)
    engine.setProperty("rate", rate)
    part = out.with_name(out.name + ".part")
    engine.save_to_file(text, str(part))
    engine.startLoop()
    signal.setitimer(signal.ITIMER_REAL, 0)
    if completions != [True]:
        raise RuntimeError("the engine broke off")
    actual = engine.getProperty("voice")
    if actual != identifier:
        raise RuntimeError(f"voice {identifier!r} was asked for, but {actual!r} spoke")
    part.replace(out)


def _too_late(signum: int, frame: object) -> None:
    raise TimeoutError("the engine did not finish in time")


def speak_in_child(text: str, out: Path, voice: str, rate: int, limit_s: float) -> int:
    """Speak one text in a forked process; return its exit status. Nothing of espeak-ng may be initialised before."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = EXIT_FAILED
    try:
        speak(text, out, voice, rate, limit_s)
        status = 0
    except LookupError as error:
        status = EXIT_VOICE
        print(error, file=sys.stderr)
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
    finally:
        sys.stderr.flush()
        os._exit(status)  # espeak-ng's threads trip over an orderly interpreter exit


def main() -> int:
    """Do the request on stdin; return the exit status of the first text that failed, or 0."""
    request = json.load(sys.stdin)
    with contextlib.suppress(OSError):
        os.nice(10)  # calls come first
    for text, out in request["texts"]:
        status = speak_in_child(text, Path(out), request["voice"], int(request["rate"]), float(request["limit_s"]))
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
