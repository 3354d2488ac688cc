"""What a seat's phone says, by prompt name. All of it is known ahead, so that it can be rendered ahead."""

from collections.abc import Mapping
from types import MappingProxyType

from agents.dial_phrases import DIAL_PHRASES
from agents.directory import Directory
from agents.listening_phrases import LISTENING_PHRASES
from agents.message_phrases import MESSAGE_PHRASES
from agents.talk_phrases import TALK_PHRASES

PHRASES: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "seat.ask_agent": {"zh": "请输入工号，按井号键结束。", "en": "Enter your agent number, then hash."},
    "seat.ask_pin": {"zh": "请输入密码，按井号键结束。", "en": "Enter your PIN, then hash."},
    "seat.logged_in": {"zh": "登录成功，请按星号一二示闲。", "en": "Logged in. Dial star one two when ready."},
    "seat.moved": {"zh": "已换到本坐席，请按星号一二示闲。", "en": "Moved to this seat. Dial star one two when ready."},
    "seat.refused": {"zh": "工号或密码不正确。", "en": "Wrong agent number or PIN."},
    "seat.locked": {"zh": "密码错误次数过多，请一分钟后再试。", "en": "Too many wrong PINs. Try again in a minute."},
    "seat.seat_taken": {
        "zh": "本坐席已有人登录，请先按星号一四签出。",
        "en": "Somebody is logged in at this seat. Dial star one four first.",
    },
    "seat.busy_elsewhere": {"zh": "您正在其他坐席通话。", "en": "You are in a call at another seat."},
    "seat.unknown_seat": {"zh": "本机不是坐席。", "en": "This phone is not a seat."},
    "seat.off_plan": {"zh": "现在不在您的班次时间内。", "en": "This is outside your shift."},
    "seat.ready": {"zh": "已示闲。", "en": "Ready."},
    "seat.ask_break": {"zh": "请输入小休原因编号。", "en": "Enter the number of the reason."},
    "seat.on_break": {"zh": "已示忙。", "en": "On break."},
    "seat.after_call": {"zh": "通话结束后生效。", "en": "It takes effect after this call."},
    "seat.unknown_reason": {"zh": "没有这个原因。", "en": "There is no such reason."},
    "seat.logged_out": {"zh": "已签出。", "en": "Logged out."},
    "seat.wrap_up_extended": {"zh": "话后处理时间已延长。", "en": "Wrap-up extended."},
    "seat.wrap_up_ended": {"zh": "话后处理已结束。", "en": "Wrap-up ended."},
    "seat.not_now": {"zh": "当前状态不能这样操作。", "en": "That is not possible now."},
    "seat.not_logged_in": {"zh": "您尚未登录，请按星号一一登录。", "en": "Nobody is logged in. Dial star one one."},
    "seat.unknown_code": {"zh": "没有这个功能码。", "en": "There is no such code."},
    "seat.state.ready": {"zh": "当前状态，空闲。", "en": "You are ready."},
    "seat.state.reserved": {"zh": "当前状态，来电分配中。", "en": "A call is on its way to you."},
    "seat.state.ringing": {"zh": "当前状态，振铃。", "en": "Your phone is ringing."},
    "seat.state.talking": {"zh": "当前状态，通话。", "en": "You are in a call."},
    "seat.state.on_hold": {"zh": "当前状态，通话保持。", "en": "Your caller is on hold."},
    "seat.state.consulting": {"zh": "当前状态，三方通话。", "en": "You are in a three-way call."},
    "seat.state.dialling": {"zh": "当前状态，外呼。", "en": "You are dialling out."},
    "seat.state.wrap_up": {"zh": "当前状态，话后处理。", "en": "You are in wrap-up."},
    "seat.state.break": {"zh": "当前状态，示忙。", "en": "You are on a break."},
    "seat.state.unreachable": {"zh": "当前状态，话机不可达。", "en": "Your phone cannot be reached."},
    "seat.break.login": {"zh": "尚未示闲", "en": "not ready yet"},
    "seat.break.missed": {
        "zh": "系统示忙，您连续未接来电，请按星号一二示闲",
        "en": "missed offers: dial star one two when you are back",
    },
    "seat.break.aside": {"zh": "刚才未能接听", "en": "the last call was not taken"},
})  # fmt: skip
"""Prompt name -> language -> text."""


def phrases_of(directory: Directory) -> dict[str, dict[str, str]]:
    """Return all phrases, the names of the directory's break reasons (``seat.break.<key>``) and what is said of its
    voicemail boxes (``box.<key>``, and to callers ``box.<key>.greeting``) included."""
    named = {
        f"seat.break.{key}": {"zh": reason.zh, "en": reason.en or key.replace("_", " ")}
        for key, reason in directory.breaks.items()
    }
    for key, box in directory.voicemail.items():
        named[f"box.{key}"] = {"zh": box.zh, "en": box.en or key.replace("_", " ")}
        if box.greeting is not None:
            named[f"box.{key}.greeting"] = {"zh": box.greeting.zh, "en": box.greeting.en or box.greeting.zh}
    known = {**PHRASES, **DIAL_PHRASES, **LISTENING_PHRASES, **MESSAGE_PHRASES, **TALK_PHRASES}
    return {name: dict(texts) for name, texts in known.items()} | named
