"""Prompts: from texts in YAML to sound files, ahead of time.

=========================  =====================================================================================
``speech.engine``          SpeechEngine: text and language in, file out; SpeechFailed. Another engine obeys this
``speech.pyttsx3_engine``  the engine that ships: pyttsx3 on espeak-ng in short-lived processes
``speech.worker``          what runs in such a process (run by path, imports none of ours)
``speech.normalise``       written text made fit for speaking; how long it ought to take
``speech.audio``           trimming, level, 8 and 16 kHz files
``speech.store``           PromptStore: recordings, cache, bounded rendering
``speech.say``             numbers, dates, … as pieces of a finite vocabulary (``say_zh``, ``say_en``)
``speech.template``        texts with ``{slot|kind}`` marks
``speech.player``          PromptPlayer: prompt and values to sounds, never waiting
``speech.try_voice``       speak a text into a file, from the command line
=========================  =====================================================================================
"""

from ivr.speech.engine import BatchSpeechEngine, SpeechEngine, SpeechFailed
from ivr.speech.player import PromptPlayer
from ivr.speech.pyttsx3_engine import DEFAULT_VOICES, Pyttsx3Engine, Voice
from ivr.speech.say import Kind, say, vocabulary
from ivr.speech.store import Item, PrepareReport, PromptStore

__all__ = [
    "DEFAULT_VOICES", "BatchSpeechEngine", "Item", "Kind", "PrepareReport", "PromptPlayer", "PromptStore",
    "Pyttsx3Engine", "SpeechEngine", "SpeechFailed", "Voice", "say", "vocabulary",
]  # fmt: skip
