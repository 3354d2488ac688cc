"""Everything of voicemail in the running service, put together: boxes for callers, lamps and a code for agents."""

from agents import Floor, SeatVoice
from calls import Clock
from hotline.call_timeline import Timelines
from hotline.dialling_out import DiallingOut
from hotline.recording_parts import keys_of, storage_of
from hotline.recording_room import RecordingRoom
from hotline.settings import Settings
from hotline.voicemail_boxes import VoicemailBoxes
from hotline.voicemail_desk import VoicemailDesk
from hotline.voicemail_orders import VoicemailOrders
from hotline.voicemail_phone import MessagePhone
from hotline.voicemail_sound import MessageSounds
from telephony.ami import Ami
from telephony.lamps import Lamps
from tickets import Journal, Message, RecordingStore, RecordingUse, Store, VoicemailStore


class VoicemailRoom:
    """The parts. Raises ``StorageError`` and ``SealError`` when they cannot be made."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        journal: Journal,
        timelines: Timelines,
        clock: Clock,
        *,
        floor: Floor,
        ami: Ami,
        recordings: RecordingRoom,
        voice: SeatVoice,
    ) -> None:
        self._clock, self._uses, self._floor = clock, RecordingStore(store), floor
        messages = VoicemailStore(store)
        self.boxes = VoicemailBoxes(
            lambda: floor.directory.voicemail, messages, recordings.policy,
            greeting=lambda box, language: list(voice(f"box.{box}.greeting", language)),
        )  # fmt: skip
        self._lamps = Lamps(ami, floor.directory.seats.ids)
        ami.on_connected.append(self._connected)
        self.desk = VoicemailDesk(messages, journal, timelines, clock, floor=floor, boxes=self.boxes, lamps=self._lamps)
        timelines.observe(self.desk.observe)
        sounds = MessageSounds(recordings.folder, storage_of(settings), keys_of(settings))
        self.phone = MessagePhone(self.desk, sounds, floor, voice, self._noted)

    def orders(self, dialling_out: DiallingOut) -> VoicemailOrders:
        """Return what carries orders about messages out."""
        return VoicemailOrders(self.desk, lambda: self._floor.directory.people, dialling_out)

    async def _connected(self) -> None:
        await self._lamps.connected()
        self.desk.stir()

    async def _noted(self, message: Message, by: str) -> None:
        now = self._clock.now()
        await self._uses.note(
            RecordingUse(at=now, by=by, action="play", call_id=message.call, path=message.path, detail="at a phone")
        )
