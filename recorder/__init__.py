"""Recordings and voicemail: where the files lie, and what happens to them after the call.

======================  ===============================================================================
``recorder.files``      RecordingFolder: safe paths, relative for the store and absolute for the carrier
``recorder.after_call`` Recorder: waits for a file to be complete, measures it, tells the timeline
``recorder.wav``        lengths by header and by size; checksum
``recorder.retention``  purge: deletion by age, with a dry run
======================  ===============================================================================
"""

from recorder.after_call import Recorder, RecorderHealth
from recorder.files import RecordingFolder, RecordingPath
from recorder.retention import Purged, purge

__all__ = ["Purged", "Recorder", "RecorderHealth", "RecordingFolder", "RecordingPath", "purge"]
