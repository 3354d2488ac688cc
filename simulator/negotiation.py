"""Offer and answer of one call (RFC 3264), applied to its RTP stream."""

import secrets

from simulator.media.g711 import Codec
from simulator.media.stream import MediaStream
from simulator.sip import sdp
from simulator.sip.sdp import Audio, Direction, NotAcceptable
from simulator.sip.transport import Guard, is_address

DEFAULT_CODECS = (Codec.PCMA, Codec.PCMU)


class Negotiation:
    """Knows what we said last about our audio, and connects the stream to what the peer said."""

    def __init__(self, stream: MediaStream, guard: Guard, codecs: tuple[Codec, ...] = DEFAULT_CODECS) -> None:
        self.wanted = Direction.SENDRECV
        self.direction = Direction.INACTIVE  # ours, as agreed
        self._stream = stream
        self._guard = guard
        self._codecs = codecs
        self._session_id = secrets.randbits(31)
        self._version = 0

    def offer(self) -> bytes:
        """Return our offer."""
        return self._render(self._mine())

    def take_offer(self, body: bytes, peer_host: str) -> bytes:
        """Take the peer's offer and return our answer; raises ``NotAcceptable`` and changes nothing then."""
        offer = sdp.parse(body)
        ours = sdp.answer(offer, self._mine())
        self._connect(offer, ours.codecs[0], ours.direction, peer_host)
        return self._render(ours)

    def take_answer(self, body: bytes, peer_host: str) -> None:
        """Take the peer's answer to our offer; raises ``NotAcceptable``."""
        theirs = sdp.parse(body)
        common = [codec for codec in theirs.codecs if codec in self._codecs]
        if not common or theirs.port == 0:
            raise NotAcceptable("the answer has no codec that was offered")
        self._connect(theirs, common[0], theirs.direction.answer(self.wanted), peer_host)

    def _connect(self, theirs: Audio, codec: int, direction: Direction, peer_host: str) -> None:
        self.direction = direction
        usable = is_address(theirs.host) and self._guard.allows(theirs.host)  # a name is most often the peer's own
        host = theirs.host if usable else peer_host
        sends = direction.sends and theirs.host != "0.0.0.0"
        self._stream.connect((host, theirs.port), Codec(codec), theirs.event_type, sending=sends)

    def _mine(self) -> Audio:
        host, port = self._stream.local
        return Audio(host, port, tuple(self._codecs), direction=self.wanted)

    def _render(self, audio: Audio) -> bytes:
        self._version += 1
        return sdp.render(audio, self._session_id, self._version)
