"""RTP with a mouth and ears.

``media.g711``      A-law and µ-law by table
``media.rtp``       packets, and what was received of a stream: loss, jitter, gaps
``media.digits``    RFC 4733 digits, sent and heard
``media.sounds``    what a party says: its own pure tone, silence, a wav file
``media.spectrum``  tones and energy in samples (pure functions)
``media.prompts``   was this recording heard? (pure functions)
``media.ears``      what was heard: kept audio, and waiting for sounds as they come
``media.stream``    one RTP stream on one UDP socket
``media.engine``    ports, sounds and the one ticker that all streams share
"""
