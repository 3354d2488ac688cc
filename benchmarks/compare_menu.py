"""The menu of the comparison: ours a flow, ``app_queue``'s an ordinary dialplan, with the same sounds and choices.

Callers press 1 as somebody does who knows the menu: a moment after it begins to speak. What matters then is the time
from their key to the agent's telephone.
"""

import asyncio
import time

from benchmarks.drain_site import DrainSite, sound, system_text
from simulator import CallLeg
from simulator.media.rtp import ReceiveStats

MENU = "12346"
"""The number that leads to our menu; 12345 leads to the queue at once."""
PRESSES_AFTER_S = 0.2
"""From the first packet of the prompt to the key, for all alike."""
_HEARS_S = 5.0
_AFTER_END_S = 0.06  # the phone tells that a digit is out so long after its first end packet
_SAYS = {
    "welcome": "您好，这里是12345政务服务便民热线。人工服务请按1，自助服务请按2。",
    "hours": "政务服务中心的办公时间是周一至周五，上午9点到12点，下午1点到5点，法定节假日除外。",
}


def menu_number(seats: int) -> str:
    """Return the number that leads to the menu before ``app_queue`` with so many members."""
    return f"92{seats:03d}"


def flow_text() -> str:
    """Return our flow: one number leads to the queue, the other to the menu before it."""
    return (
        f'name: compare\nnumbers: ["12345", {{number: "{MENU}", start: welcome}}]\n'
        "default: true\nstart: person\nperson: person\nprompts:\n"
        + "".join(f"  {name}: {{zh: {text}}}\n" for name, text in _SAYS.items())
        + "steps:\n"
        "  welcome: {do: menu, prompt: welcome, choices: {1: person, 2: hours}}\n"
        "  hours: {do: say, prompt: hours, next: welcome}\n"
        "  person: {do: queue, queue: drain, nobody_staffed: end}\n"
        "  end: {do: hangup}\n"
    )


def menu_extensions(sizes: tuple[int, ...], sounds: dict[str, str]) -> str:
    """Return the same menus as extensions; ``sounds`` are those that our callers hear, by name."""
    told = "\n[inbound](+)\n"
    for seats in sizes:
        told += f"exten => {menu_number(seats)},1,Answer\n same => n,Goto(bench-menu{seats},s,1)\n"
    for seats in sizes:
        told += (
            f"\n[bench-menu{seats}]\n"
            f"exten => s,1,Background({sounds['welcome']})\n same => n,WaitExten(5)\n"
            f"exten => 1,1,Queue(drain{seats},c)\n same => n,StopMixMonitor\n"
            f" same => n,Playback({sounds['goodbye']})\n same => n,Hangup\n"
            f"exten => 2,1,Playback({sounds['hours']})\n same => n,Goto(s,1)\n"
            f"exten => i,1,Playback({sounds['no_match']})\n same => n,Goto(s,1)\n"
            f"exten => t,1,Playback({sounds['no_input']})\n same => n,Goto(s,1)\n"
        )
    return told


def add_app_queue(site: DrainSite, sizes: tuple[int, ...]) -> None:
    """Have ``app_queue`` serve the same seats, with and without a menu before it. Raises ``BenchmarkFailed``."""
    site.add_app_queue(sizes)
    site.add_extensions(menu_extensions(sizes, asyncio.run(_sounds(site))))


async def press_1(leg: CallLeg) -> float:
    """Press 1 in the menu; return when the digit ended (monotonic).

    ``leg`` must have been called just now. Raises ``TimeoutError``, ``LegEnded``, ``CallFailed``.
    """
    leg.stream.stats = heard = _FirstHeard()
    await leg.wait_answered(_HEARS_S)
    async with asyncio.timeout(_HEARS_S):
        await heard.first.wait()
    await asyncio.sleep(PRESSES_AFTER_S)
    await leg.send_digits("1")
    return time.monotonic() - _AFTER_END_S


async def _sounds(site: DrainSite) -> dict[str, str]:
    texts = _SAYS | {name: system_text(name) for name in ("goodbye", "no_match", "no_input")}
    return {name: str(await sound(site.state, name, text)) for name, text in texts.items()}


class _FirstHeard(ReceiveStats):
    """Tells of the first packet."""

    __slots__ = ("first",)

    def __init__(self) -> None:
        super().__init__()
        self.first = asyncio.Event()

    def take(self, sequence: int, timestamp: int, ssrc: int, now: float) -> None:
        """Take a packet's numbers."""
        super().take(sequence, timestamp, ssrc, now)
        if not self.first.is_set():
            self.first.set()
