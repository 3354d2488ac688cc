"""A conversation: one coroutine that carries a talk by the table of ``calls.conversation``.

The caller's channel stays in its AGI session all the time: ``Dial``, ``Bridge`` and ``ConfBridge`` are commands of it,
so it is never lost between two places. The agent's channel is bridged with the caller's, or (while the caller hears
music) served by an AGI session of its own, from which the third is rung. The deeds themselves are ``telephony.deeds``.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog

from calls import AgentId, CallerHungUp, LineFault
from calls.conversation import OVER, WISHES, Happening, State, next_step, possible
from calls.line import RingOutcome, TalkEnd, nobody_waits
from calls.targets import NoTarget, Target
from telephony.ami import AmiError
from telephony.codes import Pressed
from telephony.moves import Moves
from telephony.parties import NobodySuchError, Third, nobody_told
from telephony.taking_up import TakesUp
from telephony.thirds import third_of

log = structlog.get_logger(__name__)

_CAUSE_S = 1.0  # how long the agent's Hangup may lag behind the end of the bridge that it caused
_LOST_CAUSES = frozenset({"18", "20", "27", "38", "41", "42", "44"})  # Q.850: the line failed, nobody hung up


class WishRefused(Exception):
    """A wish cannot be fulfilled now; the message says why, for people."""


@dataclass(slots=True)
class News:
    """Something that happened, or is wished."""

    kind: Happening
    target: Target | None = None
    third: Third | None = None
    outcome: RingOutcome | None = None  # with THIRD_FAILED
    whom: frozenset[str] = frozenset()  # with DROP: what they may be called; empty: the last
    by: str = ""  # with an order: whose
    done: "asyncio.Future[None] | None" = field(default=None)  # with an order: whoever waits for it


class Conversation(TakesUp):
    """One talk, from the agent's answer until the agent has no part in it any more; then ``run_on``."""

    # -- wishes ----------------------------------------------------------------------------------------------------

    async def order(self, kind: Happening, target: Target | None, by: str) -> None:
        """Have a wish fulfilled; returns when it is done. Raises ``WishRefused``."""
        await self._ordered(News(kind, target, by=by))

    async def order_drop(self, whom: frozenset[str], by: str) -> str:
        """Have a third dropped who is called by any of these names (none: the last). Returns its party. Raises
        ``WishRefused``."""
        news = News(Happening.DROP, by=by, whom=whom)
        await self._ordered(news)
        return third_of(news).party

    async def _ordered(self, news: News) -> None:
        if self._closed or self.state in OVER:
            raise WishRefused("the agent is no longer in this conversation")
        news.done = asyncio.get_running_loop().create_future()
        self._inbox.put_nowait(news)
        await news.done

    def pressed(self, digit: str) -> None:
        """Take a digit that the agent pressed."""
        if self._asks:
            if self._desk is None:
                self._ahead += digit
            return
        code = self._codes.press(digit)
        if code is not None:
            self._wish(code)

    def _wish(self, code: Pressed) -> None:
        kind, target = code.wish, None
        if kind is None:
            self._later(self._pause(), "pause")
            return
        if kind is Happening.HOLD and self.state is not State.TALKING:
            kind = Happening.RESUME
        if code.department:
            try:
                target = self._hotline.look_up(self.call, code.department, to_ring=True, by=self.agent)
            except NoTarget as error:
                self._later(self._tell_agent(error.phrase), "tell")
                return
        self._asks = kind in (Happening.CONSULT, Happening.TRANSFER) and next_step(self.state, kind) is not None
        self._ahead = ""
        self._inbox.put_nowait(News(kind, target))

    async def _pause(self) -> None:
        await self._board.pause_recording(self.call, on=None, by="agent")

    # -- the talk --------------------------------------------------------------------------------------------------

    async def run(self, bridge: "asyncio.Task[Any] | None", freed: Callable[[], None] = nobody_waits) -> TalkEnd:
        """Carry the talk that ``bridge`` (the caller's command) holds; None: the caller is on hold. ``freed``: see
        ``calls.Line.talk``. Raises ``CallerHungUp``."""
        self._freed = freed
        if bridge is not None:
            self._joined_by(bridge)
        self._watch_agent()
        self._later(self._tell_when(self._line.wait_gone(), News(Happening.CALLER_LEFT)), "caller")
        try:
            while self.state not in OVER:
                await self._take(await self._inbox.get())
                await self._record_consultation()
                await self.beside()
        finally:
            self._board.listen(self.agent_id, None)
            if self.state is not State.HANDED_OVER:
                await self.close()
        return self._end()

    async def run_on(self) -> TalkEnd:
        """After HANDED_OVER: see it to its end. Raises ``CallerHungUp``."""
        try:
            heir, bridge = self._heir(), self._bridge
            if heir is not None and bridge is not None:
                return await self._inherit(heir, bridge)
            while self.state is State.HANDED_OVER:
                await self._take(await self._inbox.get())
                await self.beside()
        finally:
            await self.close()
        return self._end()

    async def _inherit(self, heir: Third, bridge: "asyncio.Task[Any]") -> TalkEnd:
        """The third is an agent of ours: theirs is a conversation like any other."""
        self._hotline.takes_over(self.call, heir.target)
        self._release_bridge()
        sides = self.bequeath()
        await self.close()
        talk = Conversation(
            self._line, AgentId(heir.target.key), heir.channel, heir.unique_id, self._hotline, self._board,
            timeline=self._timeline, clock=self._clock,
        )  # fmt: skip
        self._line.conversation = talk
        talk.inherit(sides)
        by = "agent"
        try:
            end = await talk.run(bridge)
        except CallerHungUp:
            by = "caller"
            raise
        finally:
            self._hotline.left(self.call, heir.target, by)
        return await talk.run_on() if end is TalkEnd.HANDED_OVER else end

    def _end(self) -> TalkEnd:
        match self.state:
            case State.HANDED_OVER:
                return TalkEnd.HANDED_OVER
            case State.PASSED_ON:
                return TalkEnd.PASSED_ON
            case State.RETURNED:
                return TalkEnd.AGENT_LEFT
            case _:
                raise CallerHungUp

    async def _take(self, news: News) -> None:
        """Let something happen."""
        if not self._is_news(news):
            return
        step = next_step(self.state, news.kind)
        if step is None:
            self._refuse(news, f"not possible while {self.state}; possible: {', '.join(possible(self.state))}")
            return
        deed, to = step
        before = self.state
        try:
            await self.quiet()
            if news.target is None and news.kind in (Happening.CONSULT, Happening.TRANSFER) and news.done is None:
                await self.ask_whom(news.kind)
                return
            if to is not State.CONSULTING:
                await self._consult_record.end(gone=self._agent_watch.gone.is_set())
            await self.step_aside(deed)
            await getattr(self, deed.value)(news)
        except CallerHungUp:
            self._inbox.put_nowait(News(Happening.CALLER_LEFT))
            self._refuse(news, "the caller has hung up")
            return
        except NoTarget as error:
            self._asks = False
            self._refuse(news, str(error), error.phrase)
            return
        except (AmiError, LineFault, TimeoutError) as error:
            log.warning("conversation.deed_failed", call=self.call, deed=deed, state=before, error=str(error))
            self._refuse(news, f"Asterisk could not do it: {error}")
            if news.kind in (Happening.AGENT_LEFT, Happening.AGENT_LOST):
                self._left_before = news
            await self.mend()
            return
        except BaseException:
            _too_late(news)
            raise
        self.state = to
        if self._left_before is not None:  # the third had gone, too: by now that has been seen to
            self._inbox.put_nowait(self._left_before)
            self._left_before = None
        log.info("conversation.step", call=self.call, happening=news.kind, was=before, now=to)
        if news.done is None:
            self._guide_after(deed)
        elif not news.done.done():
            news.done.set_result(None)

    def _is_news(self, news: News) -> bool:
        """Whether there is still anybody whom it is about."""
        if news.kind is not Happening.DROP:
            return news.third is None or self._counts(news)
        try:
            self._means(news)
        except NobodySuchError as error:
            self._refuse(news, f"not possible: {error}")
            return False
        return True

    def _refuse(self, news: News, why: str, phrase: str = "talk.not_now") -> None:
        if news.done is not None:
            if not news.done.done():
                news.done.set_exception(WishRefused(why))
        elif news.kind in WISHES or phrase != "talk.not_now":
            self._later(self._tell_agent(phrase), "tell")

    async def close(self) -> None:
        """Stop everything that goes on beside the talk; whoever waits for an order learns that it came too late."""
        self._closed = True
        self._agent_watch.on_hold = nobody_told
        while not self._inbox.empty():
            _too_late(self._inbox.get_nowait())
        await super().close()

    # -- facts -----------------------------------------------------------------------------------------------------

    def _watch_agent(self) -> None:
        self._board.listen(self.agent_id, self.pressed)
        self._agent_watch.on_hold = self._phone_holds

        async def tell() -> None:
            await self._agent_watch.gone.wait()
            lost = self._agent_watch.cause in _LOST_CAUSES
            self._inbox.put_nowait(News(Happening.AGENT_LOST if lost else Happening.AGENT_LEFT))

        self._later(tell(), "agent")

    def _phone_holds(self) -> None:
        """The agent has pressed their phone's own hold, or again: in a conference the others talk on."""

        async def mute() -> None:
            with suppress(AmiError):  # then they hear what the phone plays
                await Moves(self._board.ami, self.room).mute(self.agent_channel, on=self._agent_watch.held)

        if self.room and not self._closed:
            self._later(mute(), "hold")

    def apart(self) -> None:
        """The caller's bridge is over and it was not our doing: who was with the caller has left."""

        async def tell() -> None:
            try:
                async with asyncio.timeout(_CAUSE_S):
                    await self._agent_watch.gone.wait()
            except TimeoutError:  # moved away by somebody else, or AMI is gone
                self._inbox.put_nowait(News(Happening.AGENT_LEFT))

        if self.state in (State.TALKING, State.INVITING, State.SWAPPED):
            self._later(tell(), "apart")

    def third_gone(self, third: Third) -> None:
        """A third's channel is gone."""
        if not third.dismissed:
            self._inbox.put_nowait(News(Happening.THIRD_LEFT, third=third))

    def third_answered(self, third: Third) -> None:
        """A third has answered."""
        self._inbox.put_nowait(News(Happening.THIRD_ANSWERED, third=third))

    def third_failed(self, third: Third, outcome: RingOutcome) -> None:
        """A third was rung in vain."""
        self._inbox.put_nowait(News(Happening.THIRD_FAILED, third=third, outcome=outcome))

    def supervisor_news(self) -> None:
        """A supervisor comes, or has left."""
        self._inbox.put_nowait(News(Happening.SUPERVISOR))

    def wish(self, kind: Happening, target: Target | None = None) -> None:
        """Take what the agent said in a dialogue."""
        self._inbox.put_nowait(News(kind, target))

    async def _tell_when(self, fact: Coroutine[Any, Any, None], news: News) -> None:
        await fact
        self._inbox.put_nowait(news)


def _too_late(news: News) -> None:
    """Tell whoever waits for an order that nothing comes of it any more."""
    if news.done is not None and not news.done.done():
        news.done.set_exception(WishRefused("the talk is over"))
