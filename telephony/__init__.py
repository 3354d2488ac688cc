"""The boundary with Asterisk; the only room that speaks AMI or AGI and the only one that knows panoramisk.

=====================  ==============================================================================================
``agi_codec``          FastAGI as a state machine without sockets
``agi_session``        one channel running ``AGI()``: commands out, replies in, hang-ups as facts
``agi_server``         the asyncio server that hands sessions to the switchboard
``ami_framing``        AMI messages from and to bytes, without sockets
``ami_manager``        panoramisk's Manager, fenced in
``ami``                the manager connection everybody else uses: time limits, order, reconnect, watchdog
``ami_events``         the events that somebody reads
``switchboard``        channels become Lines, events find them
``phones``             the seats' phones: state, whether they are there, where they are rung (``silence``: many of
                       them silent at once)
``line``               ``calls.Line`` on a real channel
``conversation``       hold, consult, merge, transfer: carries a talk by the table of ``calls.conversation``
``deeds``              what is done in it (``talking``: what it has in hand, ``parties``, ``moves`` between bridges and
                       rooms, ``whisper``: words for one side only)
``outlived``           talks of a service that died, and how they are taken up (``taking_up``)
``talk_desk``          what it asks of the hotline; ``board``: what it asks of the switchboard
``codes``              what agents press within a talk
``pausing``            the recording paused and continued; ``listening``: supervisors in somebody's talk
``channels``           what Asterisk's channels and phones are right now
``dialling``, ``leg``  what became of a leg that was rung (``waiting``: for the first of several things)
``call_data``          what is known of a caller, as SIP headers
``digits``             digits in order, from one source, without their echoes
``presented``          a caller's number and name, made fit to be kept and shown
``playback``           sounds that a digit stops and that can be called off
``monitor``            the recording of a talk; ``spoken``: how a message's ended; ``bridged``: waiting for a bridge
``asterisk``           finding or fetching Asterisk, rendering its files, starting it
=====================  ==============================================================================================
"""
