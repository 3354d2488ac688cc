"""Speak a text into a file, as a caller would hear it: ``python -m ivr.speech.try_voice "您好" --out hello.wav``."""

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from calls import Language
from ivr.speech.pyttsx3_engine import DEFAULT_VOICES, Pyttsx3Engine, Voice
from ivr.speech.store import PromptStore


async def speak(text: str, language: Language, voice: Voice, out: Path) -> str:
    """Speak into ``out`` (8 kHz) and beside it the 16 kHz file; return what went wrong, or ""."""
    with tempfile.TemporaryDirectory() as folder:
        engine = Pyttsx3Engine(Path(folder) / "espeak", voices={language: voice})
        store = PromptStore(Path(folder) / "cache", Path(folder) / "none", engine)
        report = await store.prepare([("try", language, text)])
        if report.failed:
            return report.failed[0][1]
        sound = store.find("try", language, text)
        if sound is None:
            return "nothing was made"
        for suffix, target in ((".wav", out), (".wav16", out.with_suffix(".wav16"))):
            shutil.copyfile(sound.path.with_name(sound.path.name + suffix), target)
    return ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="try_voice", description="Speak a text into a file.")
    parser.add_argument("text")
    parser.add_argument("--language", choices=[language.value for language in Language], default="zh")
    parser.add_argument("--out", type=Path, default=Path("voice.wav"))
    parser.add_argument("--voice", help="a voice of espeak-ng, e.g. en-gb")
    parser.add_argument("--rate", type=int, help="pace, in espeak-ng's words a minute")
    given = parser.parse_args(arguments)
    language = Language(given.language)
    usual = DEFAULT_VOICES[language]
    voice = Voice(given.voice or usual.name, given.rate or usual.rate)
    problem = asyncio.run(speak(given.text, language, voice, given.out))
    if problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"{given.out} (8 kHz), {given.out.with_suffix('.wav16')} (16 kHz)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
