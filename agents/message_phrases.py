"""What an agent's phone says around the messages that callers have left."""

from collections.abc import Mapping
from types import MappingProxyType

MESSAGE_PHRASES: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "message.none": {"zh": "没有待处理的留言。", "en": "There are no messages."},
    "message.menu": {
        "zh": "重听请按1，回电请按2，处理完毕请按3，下一条请按井号键。",
        "en": "To hear it again, press 1. To call back, press 2. When it is done, press 3. For the next, press hash.",
    },
    "message.done": {"zh": "已处理完毕。", "en": "Done."},
    "message.no_number": {"zh": "来电没有显示号码，无法回电。", "en": "The caller's number is not known."},
    "message.no_sound": {"zh": "这条留言无法播放。", "en": "This message cannot be played."},
    "message.last": {"zh": "没有更多留言。", "en": "No more messages."},
    "message.next": {"zh": "下一条。", "en": "Next message."},
})  # fmt: skip
"""Prompt name -> language -> text."""
