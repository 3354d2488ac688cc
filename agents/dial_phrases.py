"""What a seat's phone says when a number is not dialled, or dialled in vain."""

from collections.abc import Mapping
from types import MappingProxyType

DIAL_PHRASES: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "dial.off": {"zh": "外呼功能未开通。", "en": "Dialling out is switched off."},
    "dial.no_number": {"zh": "号码有误。", "en": "That is not a telephone number."},
    "dial.emergency": {
        "zh": "坐席不能拨打紧急电话，请用其他电话拨打。",
        "en": "Emergency numbers cannot be dialled here. Use another telephone.",
    },
    "dial.denied": {"zh": "该号码已被禁止外呼。", "en": "Calls to this number are barred."},
    "dial.not_allowed": {"zh": "该号码不在允许外呼的范围内。", "en": "This number is not among those allowed."},
    "dial.outside_hours": {"zh": "现在不在允许外呼的时间内。", "en": "People may not be called at this hour."},
    "dial.no_trunk": {"zh": "没有可用的外线。", "en": "There is no outside line."},
    "dial.no_ticket": {"zh": "没有这个工单号。", "en": "There is no ticket with this number."},
    "dial.not_now": {"zh": "当前状态不能外呼。", "en": "You cannot dial out now."},
    "dial.too_soon": {"zh": "刚才呼叫过该工单，请稍后再试。", "en": "This was tried a short while ago. Wait a little."},
    "dial.too_often": {"zh": "该工单今天的呼叫次数已满。", "en": "This ticket has had all its tries for today."},
    "dial.busy": {"zh": "对方忙。", "en": "The number is busy."},
    "dial.no_answer": {"zh": "对方无人接听。", "en": "Nobody answers."},
    "dial.failed": {"zh": "呼叫未能接通。", "en": "The call could not be put through."},
})  # fmt: skip
"""Prompt name -> language -> text."""
