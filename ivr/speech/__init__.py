"""Prompts: from texts in YAML to sound files, ahead of time.

=========================  =====================================================================================
``speech.engine``          SpeechEngine: text and language in, file out; SpeechFailed. Another engine obeys this
``speech.pyttsx3_engine``  the engine that ships: pyttsx3 on espeak-ng in short-lived processes
``speech.worker``          what runs in such a process (run by path, imports none of ours)
``speech.normalise``       written text made fit for speaking; how long it ought to take
``speech.audio``           trimming, 8 and 16 kHz files
``speech.loudness``        one level for all prompts, peaks bounded
``speech.items``           Item: name, language, text of what is to be had as a file
``speech.rendering``       texts into files, in batches, bounded
``speech.recordings``      recorded prompts: put in place, former ones kept, for which text they were made
``speech.intake``          whether a sound file is fit to be a prompt
``speech.store``           PromptStore: finds every prompt, recorded or spoken; the cache
``speech.say``             numbers, dates, … as pieces of a finite vocabulary (``say_zh``, ``say_en``)
``speech.template``        texts with ``{slot|kind}`` marks
``speech.player``          PromptPlayer: prompt and values to sounds, never waiting
``speech.try_voice``       speak a text into a file, from the command line
=========================  =====================================================================================
"""

from ivr.speech.engine import BatchSpeechEngine, SpeechEngine, SpeechFailed
from ivr.speech.items import Item, PrepareReport
from ivr.speech.player import PromptPlayer
from ivr.speech.pyttsx3_engine import DEFAULT_VOICES, Pyttsx3Engine, Voice
from ivr.speech.recordings import Match, RecordingFiles
from ivr.speech.say import Kind, say, vocabulary
from ivr.speech.store import PromptStore

__all__ = [
    "DEFAULT_VOICES", "BatchSpeechEngine", "Item", "Kind", "Match", "PrepareReport", "PromptPlayer", "PromptStore",
    "Pyttsx3Engine", "RecordingFiles", "SpeechEngine", "SpeechFailed", "Voice", "say", "vocabulary",
]  # fmt: skip
