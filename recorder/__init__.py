"""Recordings and voicemail: where the files lie, and what happens to them after the call.

========================  ===========================================================================================
``recorder.files``        RecordingFolder: safe paths, relative for the store and absolute for the carrier
``recorder.capture``      what Asterisk has written; ``recorder.wav``: lengths by header and by size
``recorder.after_call``   Recorder: waits for a file to be complete, has it finished, tells the timeline
``recorder.finishing``    Finisher: encode, seal, store, in steps of which none loses anything
``recorder.leftovers``    what a service that died has left of that
``recorder.encoding``     WAV, Opus, MP3
``recorder.hearing``      how loud, when somebody is heard, a waveform
``recorder.index``        who was in a talk's recording when, from the timeline; ``recorder.consultation``: in a
                          consultation's; ``recorder.beside``: the JSON beside it
``recorder.integrity``    what may be wrong with a recording
``recorder.sealing``      encryption at rest
``recorder.storage``      Storage: a folder, S3, …; ``recorder.reading``: what is stored there, unsealed
``recorder.retention``    what is older than it may be; ``recorder.verifying``: books and files compared
========================  ===========================================================================================
"""

from recorder.after_call import Recorder, RecorderHealth
from recorder.files import RecordingFolder, RecordingPath
from recorder.finishing import Finisher
from recorder.sealing import Keys, SealError
from recorder.storage import Storage, StorageError

__all__ = [
    "Finisher", "Keys", "Recorder", "RecorderHealth", "RecordingFolder", "RecordingPath", "SealError", "Storage",
    "StorageError",
]  # fmt: skip
