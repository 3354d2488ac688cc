"""A tiny registrar that asks who registers, and who calls."""

import asyncio

from simulator import CallLeg, Timers, UserAgent
from simulator.agent import Listener
from simulator.media.engine import MediaEngine
from simulator.media.stream import MediaMode
from simulator.sip import wire
from simulator.sip.digest import Challenge, is_right
from simulator.sip.transactions import ServerTransaction
from simulator.sip.transport import Endpoint
from simulator.sip.wire import Request

QUICK = Timers(t1=0.05, t2=0.2, t4=0.2)
CHALLENGE = Challenge(realm="hotline", nonce="17/abc,d", qop="auth", opaque='o"p')


class Registrar(UserAgent):
    """Challenges REGISTER and INVITE, and keeps bindings."""

    def __init__(self, media: MediaEngine) -> None:
        super().__init__(media=media, timers=QUICK)
        self.accounts = {"1001": "right"}
        self.bindings: dict[str, int] = {}
        self.least = 0
        self.registers = 0
        self.status = 401
        self.expires_given: int | None = None
        self.answers_after_s = 0.0  # each REGISTER
        self.listen("*", Listener(self._answer, tone=0, mode=MediaMode.FULL, keep_s=None, credentials=None))

    async def _answer(self, leg: CallLeg) -> None:
        leg.answer()

    def on_request(self, request: Request, source: Endpoint, transaction: ServerTransaction | None) -> None:
        if transaction is None or "tag=" in request.headers["To"] or request.method not in ("REGISTER", "INVITE"):
            super().on_request(request, source, transaction)
            return
        late = self.answers_after_s if request.method == "REGISTER" else 0.0
        asyncio.get_running_loop().call_later(late, self._take, request, source, transaction)

    def _take(self, request: Request, source: Endpoint, transaction: ServerTransaction) -> None:
        asks, answers = ("WWW-Authenticate", "Authorization")
        if self.status == 407:
            asks, answers = ("Proxy-Authenticate", "Proxy-Authorization")
        given = request.headers.get(answers)
        if given is None or not is_right(given, CHALLENGE, self.accounts, request.method):
            value = 'Digest realm="hotline", nonce="17/abc,d", qop="auth,auth-int", opaque="o\\"p", algorithm=MD5'
            transaction.respond(wire.response(request, self.status, tag="r", headers={asks: value}))
        elif request.method == "INVITE":
            super().on_request(request, source, transaction)
        else:
            self._register(request, transaction)

    def _register(self, request: Request, transaction: ServerTransaction) -> None:
        self.registers += 1
        expires = request.expires or 0
        if 0 < expires < self.least:
            transaction.respond(wire.response(request, 423, tag="r", headers={"Min-Expires": str(self.least)}))
            return
        self.bindings[request.from_address.uri.user] = expires
        granted = self.expires_given or expires
        contact = f"{request.headers['Contact']};expires={granted}"
        transaction.respond(wire.response(request, 200, tag="r", contact=contact))
