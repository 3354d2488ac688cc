"""What an agent hears within a talk: what to press, and why somebody did not come."""

from collections.abc import Mapping
from types import MappingProxyType

TALK_PHRASES: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "talk.held": {"zh": "来电已保持，按星号零恢复通话。", "en": "The caller is on hold. Star zero takes them back."},
    "talk.with_caller": {"zh": "来电者在线。", "en": "You have the caller."},
    "talk.with_third": {"zh": "对方在线。", "en": "You have the other party."},
    "talk.merged": {"zh": "多方通话。", "en": "All together."},
    "talk.dropped": {"zh": "对方已退出。", "en": "They have left."},
    "talk.ask_whom": {
        "zh": "请输入部门代码、工号或队列号，按井号键结束，按星号键返回来电者。",
        "en": "Enter a department, an agent or a queue, then hash. Star takes you back to the caller.",
    },
    "talk.ask_whereto": {
        "zh": "转接到哪里？请输入部门代码、工号或队列号，转回菜单请按零，按井号键结束，按星号键返回来电者。",
        "en": "Where to? Enter a department, an agent, a queue, or zero for the menu, then hash. Star takes you back.",
    },
    "talk.not_now": {"zh": "当前状态不能这样操作。", "en": "That is not possible now."},
    "talk.unknown": {"zh": "没有这个号码。", "en": "There is no such number."},
    "talk.there_already": {"zh": "对方已在通话中。", "en": "They are in this call already."},
    "talk.busy": {"zh": "对方忙。", "en": "They are busy."},
    "talk.declined": {"zh": "对方拒接。", "en": "They declined."},
    "talk.no_answer": {"zh": "对方无人接听。", "en": "Nobody answers."},
    "talk.unreachable": {"zh": "对方无法接通。", "en": "They cannot be reached."},
    "talk.failed": {"zh": "呼叫未能接通。", "en": "The call could not be put through."},
    "talk.not_free": {"zh": "该坐席现在不空闲。", "en": "That agent is not free."},
    "talk.closed": {"zh": "该部门现在不在工作时间。", "en": "That department is closed now."},
    "talk.full": {"zh": "该部门线路已满。", "en": "All lines of that department are taken."},
    "talk.not_allowed": {"zh": "您无权呼叫该部门。", "en": "You may not call that department."},
    "talk.nobody_free": {"zh": "该队列没有空闲坐席。", "en": "Nobody of that queue is free."},
    "talk.parked": {"zh": "来电已驻留，驻留号", "en": "Parked. The number is"},
    "talk.park_full": {"zh": "驻留位已满。", "en": "No park number is free."},
    "park.none": {"zh": "没有驻留的来电。", "en": "Nobody is parked."},
    "park.ask_number": {"zh": "请输入驻留号，按井号键结束。", "en": "Enter the park number, then hash."},
    "park.gone": {"zh": "该来电已不在驻留。", "en": "That caller is no longer parked."},
    **{f"talk.digit.{digit}": {"zh": zh, "en": str(digit)} for digit, zh in enumerate("零一二三四五六七八九")},
})  # fmt: skip
"""Prompt name -> language -> text."""
