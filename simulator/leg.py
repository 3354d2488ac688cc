"""One party's side of a call: what it says, what it hears, and how the call goes."""

import asyncio
import time
from collections.abc import Awaitable, Iterable
from pathlib import Path
from typing import TypeVar

from simulator.media import prompts, spectrum
from simulator.media.digits import HeardDigit
from simulator.media.ears import BLOCK_S, Recording
from simulator.media.engine import MediaEngine
from simulator.media.g711 import RATE
from simulator.media.rtp import ReceiveStats, Span
from simulator.media.sounds import load, save
from simulator.media.stream import MediaStream
from simulator.plumbing import EndedBy, Step
from simulator.session import Session
from simulator.sip.sdp import Direction

T = TypeVar("T")
PROMPT_POLL_S = 0.25


class CallFailed(Exception):
    """The call was not answered: rejected, cancelled or lost. ``status`` is the SIP status."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"call failed: {reason or status}")
        self.status = status
        self.reason = reason


class LegEnded(Exception):
    """The call ended while something was waited for."""


class NotHeard(TimeoutError):
    """What was waited for was not heard in time; the text tells what was heard instead."""


class CallLeg:
    """A call as one of its two parties has it. All waits raise ``TimeoutError``, or ``LegEnded`` at a hang-up."""

    def __init__(
        self,
        session: Session,
        stream: MediaStream,
        engine: MediaEngine,
    ) -> None:
        self.session = session
        self.stream = stream
        self.pressed: list[Span] = []  # when keys were pressed here
        self.said: list[Span] = []  # when recordings were played
        self.dead_at: float | None = None  # since when it plays dead (monotonic)
        self._engine = engine
        session.on_end = lambda: engine.shut(stream)
        if session.ended.is_set():
            engine.shut(stream)

    def __repr__(self) -> str:
        return f"<CallLeg {self.session.call_id} status={self.status} ended_by={self.ended_by} {self.reason!r}>"

    # --- how it stands

    @property
    def answered(self) -> asyncio.Event:
        """Set once the call is established."""
        return self.session.answered

    @property
    def ended(self) -> asyncio.Event:
        """Set once the call is over, whatever the way."""
        return self.session.ended

    @property
    def status(self) -> int:
        """The INVITE's last SIP status; 0 before any."""
        return self.session.status

    @property
    def reason(self) -> str:
        """Why the call ended, in SIP's words (``486 Busy Here``, ``BYE``)."""
        return self.session.reason

    @property
    def ended_by(self) -> EndedBy | None:
        """Who ended the call; None while it lives."""
        return self.session.ended_by

    @property
    def ladder(self) -> list[Step]:
        """All SIP messages of the call, in order."""
        return self.session.ladder

    @property
    def caller_number(self) -> str:
        """The caller's number as presented."""
        caller = self.session.caller
        return "" if caller is None else caller.uri.user or ""

    @property
    def caller_name(self) -> str:
        """The caller's display name as presented."""
        caller = self.session.caller
        return "" if caller is None else caller.name

    @property
    def called_number(self) -> str:
        """The number that was called."""
        invite = self.session.invite
        return "" if invite is None else invite.uri.user or ""

    @property
    def talk_s(self) -> float:
        """Seconds from the answer to the end (or to now)."""
        if self.session.answered_at is None:
            return 0.0
        return (self.session.ended_at or time.monotonic()) - self.session.answered_at

    @property
    def stats(self) -> ReceiveStats:
        """Figures on the received audio."""
        return self.stream.stats

    # --- acting

    def ring(self) -> None:
        """Let the caller know that it rings (180)."""
        self.session.ring()

    def answer(self) -> None:
        """Answer an incoming call."""
        self.session.answer()

    def reject(self, code: int = 486) -> None:
        """Refuse an incoming call: 486 busy, 603 declined, 480 not available."""
        self.session.reject(code)

    async def hang_up(self) -> None:
        """End the call, whatever its stage (idempotent)."""
        await self.session.hang_up()

    async def cancel(self) -> None:
        """Give up a call that has not been answered yet."""
        await self.session.cancel()

    async def send_digits(self, digits: str) -> None:
        """Press digits (RFC 4733, 100 ms on, 80 ms off; a comma waits 0.5 s); returns when the last one is out.

        Raises ``ValueError`` on what is no digit or when the peer takes no such digits.
        """
        if not self.stream.can_send_digits:
            raise ValueError("the peer did not offer telephone-event")
        await self._noted(self.pressed, self.stream.send_digits(digits))

    async def play(self, path: Path) -> None:
        """Say a sound file, then go on with the tone."""
        await self._noted(self.said, self.stream.play(path))

    def say_tone(self, frequency: int) -> None:
        """Send another tone from now on; 0 is silence."""
        self.stream.say_tone(frequency)

    def be_quiet(self, *, quiet: bool = True) -> None:
        """Send no audio packets at all from now on, as phones do that detect silence; or send them again."""
        self.stream.be_quiet(quiet=quiet)

    def play_dead(self) -> None:
        """Say and answer nothing from now on, as if the cable was pulled."""
        self.session.silent = True
        self.dead_at = time.monotonic()
        self._engine.shut(self.stream)

    async def hold(self) -> None:
        """Put the other side on hold. Raises ``CallFailed`` when it refuses."""
        await self._change(Direction.SENDONLY)

    async def resume(self) -> None:
        """Take the other side off hold."""
        await self._change(Direction.SENDRECV)

    async def refer(self, to: str, timeout: float = 30.0) -> list[str]:
        """Transfer the other side to a SIP URI (blind) and wait for a final NOTIFY; return the status lines.

        When it went well, our own call is hung up.

        Raises ``CallFailed`` when the REFER is refused.
        """
        session = self.session
        response = await session.exchange("REFER", headers={"Refer-To": f"<{to}>"})
        if response.code >= 300:
            raise CallFailed(response.code, f"{response.code} {response.phrase}")
        async with asyncio.timeout(timeout):
            while not any(_is_final(line) for line in session.refer_status):
                await session.refer_news.wait()
                session.refer_news.clear()
        if session.refer_status[-1].split()[1].startswith("2"):
            await session.hang_up()  # the one who transfers leaves (RFC 5589, 6.1)
        return list(session.refer_status)

    async def _change(self, direction: Direction) -> None:
        assert self.session.negotiation is not None
        before = self.session.negotiation.wanted
        self.session.negotiation.wanted = direction
        response = await self.session.change()
        if response.code >= 300:
            self.session.negotiation.wanted = before
            raise CallFailed(response.code, f"{response.code} {response.phrase}")

    # --- waiting for the call's own events

    async def wait_ringing(self, timeout: float = 10.0) -> None:
        """Wait until the far phone rings (180 or 183). Raises ``CallFailed`` when the call ends first."""
        await self._either(self.session.ringing, timeout)

    async def wait_answered(self, timeout: float = 10.0) -> None:
        """Wait until the call is answered. Raises ``CallFailed`` when it is not going to be."""
        await self._either(self.session.answered, timeout)

    async def wait_ended(self, timeout: float = 10.0) -> None:
        """Wait until the call is over."""
        async with asyncio.timeout(timeout):
            await self.session.ended.wait()

    async def _either(self, event: asyncio.Event, timeout: float) -> None:
        try:
            async with asyncio.timeout(timeout):
                await self._while_up(event.wait())
        except LegEnded:
            if not event.is_set():
                raise CallFailed(self.status, self.reason) from None

    # --- hearing

    @property
    def digits(self) -> str:
        """All RFC 4733 digits heard."""
        return self.stream.digits.text

    @property
    def heard_digits(self) -> list[HeardDigit]:
        """The digits heard, with time and length."""
        return self.stream.digits.heard

    async def wait_digits(self, count: int, timeout: float = 5.0) -> str:
        """Wait until ``count`` digits in all were heard; return them."""
        listener = self.stream.digits
        async with asyncio.timeout(timeout):
            while len(listener.heard) < count:
                listener.news.clear()
                await self._while_up(listener.news.wait())
        return listener.text

    @property
    def recording(self) -> Recording:
        """All audio heard and kept, at 8 kHz, with the monotonic time of its first sample."""
        return self.stream.ears.audio()

    def audio(self, since: float | None = None, until: float | None = None) -> Recording:
        """Audio heard between two moments (monotonic seconds)."""
        return self.stream.ears.audio(since, until)

    def save_recording(self, path: Path) -> None:
        """Write what was heard to a wav file."""
        save(path, self.recording.samples)

    def heard_tones(
        self, candidates: Iterable[int], *, since: float | None = None, until: float | None = None
    ) -> set[int]:
        """Which of the candidate tones were heard between two moments (kept audio only)."""
        return self.stream.ears.heard_tones(since, until, candidates)

    async def hear_tone(self, frequency: int, timeout: float = 5.0) -> float:
        """Wait for a pure tone to sound for 0.3 s from now on; return the monotonic moment it began."""
        return (await self.hear_any_tone((frequency,), timeout))[1]

    async def hear_any_tone(self, candidates: Iterable[int], timeout: float = 5.0) -> tuple[int, float]:
        """Wait for the first of several tones; return it and the moment it began."""
        wanted = tuple(candidates)
        began = time.monotonic()
        try:
            async with asyncio.timeout(timeout):
                tone, heard_at = await self._while_up(self.stream.ears.wait_tone(wanted))
                return tone, self._exactly(tone, heard_at)
        except TimeoutError:
            names = ", ".join(map(str, wanted[:5])) + (" …" if len(wanted) > 5 else "")
            raise NotHeard(f"no tone of {names} Hz in {timeout} s; {self._instead(began)}") from None

    def _exactly(self, tone: int, about: float) -> float:
        """Return when a tone began that was found in pieces of 100 ms; ``about`` where other sounds are as loud."""
        heard = self.stream.ears.audio(about - BLOCK_S, about + BLOCK_S)
        place = spectrum.onset(heard.samples, tone)
        return about if place is None else heard.started + place / RATE

    async def hear_sound(self, timeout: float = 5.0) -> float:
        """Wait for any energy; return the moment it began."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(timeout):
                return await self._while_up(self.stream.ears.wait_sound())
        except TimeoutError:
            raise NotHeard(f"no sound in {timeout} s; {self._instead(began)}") from None

    async def hear_silence(self, for_s: float = 1.0, timeout: float = 30.0) -> None:
        """Wait until nothing was heard (or nothing came) for ``for_s`` seconds."""
        async with asyncio.timeout(timeout):
            while True:
                since = time.monotonic()
                try:
                    async with asyncio.timeout(for_s):
                        await self._while_up(self.stream.ears.wait_sound())
                except TimeoutError:
                    return
                await asyncio.sleep(max(0.0, 0.1 - (time.monotonic() - since)))

    async def hear_prompt(
        self,
        wav: Path,
        timeout: float = 10.0,
        *,
        since: float | None = None,
        least: float = prompts.LEAST,
        in_parts: bool = False,
    ) -> float:
        """Wait until a recording (or its first seconds) was heard; return the moment it began.

        Audio kept from ``since`` (default: the whole call) is searched too, so a prompt just heard is found at once.
        ``in_parts``: any 1.5 s of it count, for a busy machine may stutter; the moment is that part's.
        """
        recording = load(wav)
        references = [prompts.Reference(recording), *(prompts.parts(recording) if in_parts else ())]
        best = 0.0
        deadline = time.monotonic() + timeout
        while True:
            heard = self.audio(since)
            match = await asyncio.to_thread(prompts.best, references, heard.samples)  # calls go on meanwhile
            best = max(best, match.score)
            if match.score >= least:
                return float(heard.started + match.at_s)
            left = deadline - time.monotonic()
            if left <= 0:
                raise NotHeard(f"{wav.name} not heard in {timeout} s (best match {best:.2f})")
            if self.ended.is_set():
                raise LegEnded(f"{self.reason} while waiting for {wav.name} (best match {best:.2f})")
            await asyncio.sleep(min(PROMPT_POLL_S, left))

    def matches(
        self, wav: Path, *, since: float | None = None, least: float = prompts.LEAST, in_parts: bool = False
    ) -> bool:
        """Tell whether a recording was heard; ``in_parts``: any 1.5 s of it, for a busy machine may stutter."""
        recording = load(wav)
        references = [prompts.Reference(recording), *(prompts.parts(recording) if in_parts else ())]
        return prompts.best(references, self.audio(since).samples).score >= least

    def _instead(self, since: float) -> str:
        heard = self.audio(since).samples
        if len(heard) == 0:
            return f"no audio was kept ({self.stats.packets} packets came)"
        frequency, share = spectrum.dominant(heard)
        return f"heard {spectrum.level_dbfs(heard):.0f} dBFS, strongest {frequency:.0f} Hz ({share:.0%} of the energy)"

    async def _noted(self, spans: list[Span], work: Awaitable[None]) -> None:
        """Await something that this party does, and note from when to when it did."""
        began = time.monotonic()
        spans.append((began, began))
        try:
            await self._while_up(work)
        finally:
            spans[-1] = (began, time.monotonic())

    async def _while_up(self, work: Awaitable[T]) -> T:
        """Await something, but no longer than the call lives."""
        task = asyncio.ensure_future(work)
        ended = asyncio.ensure_future(self.session.ended.wait())
        try:
            await asyncio.wait({task, ended}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise LegEnded(self.reason)
        finally:
            ended.cancel()
            task.cancel()


def _is_final(status_line: str) -> bool:
    """Tell whether ``SIP/2.0 200 OK`` and its like is more than provisional."""
    words = status_line.split()
    return len(words) > 1 and words[1].isdigit() and int(words[1]) >= 200
