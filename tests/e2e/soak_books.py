"""What is compared after a soak: who was together by Asterisk's own bridges, by the books, and in the recordings."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from calls.segments import CALLER
from recorder.integrity import Flag
from telephony.ami import Ami, AmiMessage, AmiSettings
from tickets import CallDetail

if TYPE_CHECKING:
    from conftest import Site

_USER = "soak"
_SECRET = "only-on-loopback"  # of one who may only listen, in a test's own Asterisk
_ACCOUNT = f"""
[{_USER}]
secret = {_SECRET}
deny = 0.0.0.0/0.0.0.0
permit = 127.0.0.1/255.255.255.255
read = call
write =
eventfilter = Event: BridgeEnter[^A-Za-z]
eventfilter = Event: BridgeLeave[^A-Za-z]
"""
_EDGE_S = 0.5  # of a talk's begin or end, for which nothing was sent yet or any more
_MISSED_S = 2.0  # and where parties come and go
_AT_ODDS = frozenset({Flag.MISSING, Flag.EMPTY, Flag.UNFINISHED, Flag.UNINDEXED, Flag.SHORT})


@dataclass
class _Presence:
    """A channel: with whom it ever was, and for how long it was not alone."""

    name: str
    together_s: float = 0.0
    since: float | None = None
    met: set[str] = field(default_factory=set)


class Bridges:
    """Watches all bridges of an Asterisk: an account of the books that owes nothing to the hotline."""

    def __init__(self, site: "Site") -> None:
        self._site = site
        self._inside: dict[str, set[str]] = defaultdict(set)  # bridge -> channels' unique ids
        self._seen: dict[str, _Presence] = {}
        self._told: list[tuple[float, str, str, str]] = []  # when, what, the channel's unique id and its bridge's
        self._ami = Ami(
            AmiSettings(
                _USER,
                _SECRET,
                port=site.ports["ami"],
                wanted=frozenset({"BridgeEnter", "BridgeLeave"}),
                boot_timeout_s=0.5,
            )
        )  # fmt: skip
        self._ami.subscribe(self._take)

    async def open(self) -> None:
        """Have the manager let us listen, and tell when things happened; the hotline's own connection stays."""
        conf = self._site.state / "asterisk" / "etc" / "manager.conf"
        text = conf.read_text(encoding="utf-8").replace("timestampevents = no", "timestampevents = yes")
        conf.write_text(text + _ACCOUNT, encoding="utf-8")
        await asyncio.to_thread(self._site.asterisk, "manager reload")
        await self._ami.connect()

    async def close(self) -> None:
        await self._ami.close()

    @property
    def lost(self) -> int:
        """Events that were missed."""
        return self._ami.overflowed + self._ami.disconnects

    def _take(self, event: AmiMessage) -> None:
        name, who = event.get("Channel"), event.get("Uniqueid")
        if not name.startswith("PJSIP/"):
            return
        at = float(event.get("Timestamp") or time.time())
        bridge = event.get("BridgeUniqueid")
        self._told.append((at, event.event, who, bridge))
        inside = self._inside[bridge]
        self._seen.setdefault(who, _Presence(name))
        if event.event == "BridgeEnter":
            inside.add(who)
        else:
            inside.discard(who)
            self._alone(who, at)
        if len(inside) < 2:
            for one in inside:
                self._alone(one, at)
            return
        for one in inside:
            presence = self._seen[one]
            presence.met |= inside - {one}
            if presence.since is None:
                presence.since = at

    def _alone(self, who: str, at: float) -> None:
        presence = self._seen[who]
        if presence.since is not None:
            presence.together_s += at - presence.since
            presence.since = None

    def story(self, call: CallDetail) -> str:
        """All that Asterisk told of the bridges of a call's channels, also of those who never met the caller."""
        thirds = [str(entry.data["channel"]) for entry in call.timeline if entry.kind == "PartyAnswered"]
        _, those = self._of([call.unique_id, *thirds])
        told = [one for one in self._told if one[2] in those]
        return "; ".join(f"{at:.3f} {what} {self._seen[who].name} {bridge[:8]}" for at, what, who, bridge in told)

    def connected(self, call: CallDetail) -> dict[str, float]:
        """How long each party of a call was not alone in a bridge, in seconds. All outside count as ``outside``."""
        return self._of([call.unique_id])[0]

    def _of(self, unique_ids: list[str]) -> tuple[dict[str, float], set[str]]:
        """Return the same for these channels and whomever they met, and who these are."""
        first = unique_ids[0]
        found: dict[str, float] = defaultdict(float)
        todo, been = list(unique_ids), set[str]()
        while todo:
            who = todo.pop()
            if who in been or who not in self._seen:
                continue
            been.add(who)
            presence = self._seen[who]
            todo += presence.met
            found[CALLER if who == first else _party(presence.name)] += presence.together_s
        return found, been


def _party(channel: str) -> str:
    """Which party a telephone is: agents sit at the seats of their numbers, but for the supervisor."""
    account = channel.removeprefix("PJSIP/").rpartition("-")[0]
    if not account.isdigit():
        return "outside"
    return "agent:2090" if account == "1060" else f"agent:{int(account) + 1000}"


def differences(call: CallDetail, bridges: Bridges) -> dict[str, float]:
    """By how much each party's segments differ from Asterisk's bridges, in seconds."""
    told: dict[str, float] = defaultdict(float)
    for segment in call.segments:
        for party in segment.parties:
            told[party if party.startswith((CALLER, "agent:")) else "outside"] += (segment.ended or 0) - segment.began
    seen = bridges.connected(call)
    return {party: told[party] - seen.get(party, 0.0) for party in told.keys() | seen.keys()}


@dataclass(frozen=True)
class Kept:
    """One recording: epoch seconds."""

    path: str
    began: float
    ended: float
    expected_s: float
    flags: tuple[str, ...]

    @property
    def lacks_s(self) -> float:
        """How much shorter it is than the talk."""
        return self.expected_s - (self.ended - self.began)


def recordings_of(call: CallDetail) -> list[Kept]:
    """The call's recordings, as the timeline tells of them."""
    stored = {entry.data["path"]: entry.data for entry in call.timeline if entry.kind == "RecordingStored"}
    return [
        Kept(
            path,
            entry.at,
            entry.at + stored[path]["duration_s"],
            stored[path]["expected_s"] or 0.0,
            tuple(stored[path]["flags"]),
        )
        for entry in call.timeline
        if entry.kind == "RecordingStarted" and (path := entry.data["path"]) in stored
    ]  # fmt: skip


def talks_of(call: CallDetail) -> int:
    """How many talks a call had. A colleague who is left with the caller goes on with the talk that there is."""
    talks, thirds = 0, set[str]()
    for entry in call.timeline:
        match entry.kind:
            case "PartyAnswered":
                thirds.add(entry.data["party"])
            case "PartyLeft":
                thirds.discard(entry.data["party"])
            case "Connected" if (party := f"agent:{entry.data['agent']}") in thirds:
                thirds.discard(party)
            case "Connected" | "PassedOn":
                talks += 1
            case _:
                pass
    return talks


def fault_of(call: CallDetail, folder: Path, *, lost_s: float, unsent_s: float) -> str:
    """What is wrong with a call's recordings, "" for nothing. ``lost_s``: for so long nobody may have been heard in it,
    for their network was lost; ``unsent_s``: for so long nobody sent anything, for this machine was too busy."""
    begun = [entry.data["path"] for entry in call.timeline if entry.kind == "RecordingStarted"]
    kept = recordings_of(call)
    if not len({one.path for one in kept}) == len(begun) == talks_of(call):
        return f"{talks_of(call)} talks, {len(begun)} recordings begun, {len(kept)} kept"
    if absent := [one.path for one in kept if not (folder / one.path).is_file()]:
        return f"no file {absent}"
    return _unlike(call, kept, unsent_s + lost_s)


def _unlike(call: CallDetail, kept: Sequence[Kept], unsent_s: float) -> str:
    """In what recordings are not like the talks."""
    at_odds = [one for one in kept if one.expected_s > _EDGE_S + unsent_s and _AT_ODDS.intersection(one.flags)]
    told = [
        f"flagged {one.flags}, {one.lacks_s:.1f} s are not there"
        for one in at_odds
        if _AT_ODDS.intersection(one.flags) != {Flag.SHORT} or one.lacks_s > unsent_s + _MISSED_S
    ]
    together = [(s.began, s.ended or s.began) for s in call.segments if CALLER in s.parties]
    for began, ended in together:
        if (unheard := _uncovered(began, ended, kept)) > _MISSED_S + unsent_s:
            told.append(f"of the caller's talk of {ended - began:.1f} s {unheard:.1f} s are not recorded")
    told += [f"{one.path}: nobody talked with the caller then" for one in kept if not _meets(one, together)]
    return "; ".join(told)


def _meets(one: Kept, together: Iterable[tuple[float, float]]) -> bool:
    return any(began < one.ended + _EDGE_S and one.began < ended + _EDGE_S for began, ended in together)


def _uncovered(began: float, ended: float, kept: Iterable[Kept]) -> float:
    """For how long nothing is recorded of this stretch."""
    return ended - began - sum(max(0.0, min(ended, one.ended) - max(began, one.began)) for one in kept)
