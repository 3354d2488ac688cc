"""What a supervisor's phone says who listens in to a talk."""

from collections.abc import Mapping
from types import MappingProxyType

LISTENING_PHRASES: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "listen.ask_person": {"zh": "请输入班长工号，按井号键结束。", "en": "Enter your supervisor number, then hash."},
    "listen.refused": {
        "zh": "工号或密码不正确，或没有班长权限。", "en": "Wrong number or PIN, or you are no supervisor.",
    },
    "listen.ask_seat": {"zh": "请输入坐席号，按井号键结束。", "en": "Enter the seat, then hash."},
    "listen.unknown_seat": {"zh": "没有这个坐席。", "en": "There is no such seat."},
    "listen.own_seat": {"zh": "不能监听本坐席。", "en": "That is your own seat."},
    "listen.no_talk": {"zh": "该坐席没有通话。", "en": "Nobody is talking at that seat."},
    "listen.over": {"zh": "通话已结束。", "en": "That call is over."},
    "listen.no_audit": {"zh": "无法记录，不能监听。", "en": "This cannot be logged, so it is refused."},
    "listen.menu": {
        "zh": "监听请按1，耳语指导请按2，插话请按3，接管请按4，强拆请按9，退出请挂机。",
        "en": "To listen, press 1. To whisper, 2. To join in, 3. To take over, 4. To end the call, 9.",
    },
    "listen.not_now": {"zh": "现在不能接管。", "en": "You cannot take over now."},
    "listen.ended": {"zh": "通话已强制结束。", "en": "The call has been ended."},
})  # fmt: skip
"""Prompt name -> language -> text."""
