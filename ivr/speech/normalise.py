"""Written text made fit for a speech engine, and how long speaking it ought to take. Pure."""

import re
import unicodedata

from calls import Language
from ivr.speech import say_en, say_zh
from ivr.speech.say import COUNTING_UP

_SPOKEN_DIGITS = {
    Language.ZH: {digit: say_zh.digit(digit) for digit in "0123456789"},
    Language.EN: {digit: say_en.digit(digit) for digit in "0123456789"},
}
_TELEPHONE = re.compile(
    r"(?P<call>(?:拨打|致电|热线|\bcall|\bdial)\s*)?(?P<digits>(?<![\d.,])\d+(?![\d.,]*\d))", re.IGNORECASE
)
_SOUNDS_LIKE = {"重试": "虫试", "重听": "虫听", "重拨": "虫拨", "重播": "虫播", "重输": "虫输", "处长": "处掌"}
"""Words that espeak-ng misreads (checked by their phonemes), and homophones that it reads right."""

_SPACES = re.compile(r"\s+")
_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[^\W\d_\u3400-\u9fff]+")
_DIGIT = re.compile(r"\d")
_PAUSE = re.compile(r"[，。、；：！？,.;:!?…]")


def spoken_form(text: str, language: Language) -> str:
    """Return the text as it is handed to the engine: one line, no control characters, telephone numbers digit by digit.

    Five digits or more in a row, or digits right after a word such as 拨打 or "call", are a telephone number. 1 is read
    幺 in Mandarin, but in 12345 (and other plain counting) it stays 一, as callers know the number.
    """
    clean = "".join(" " if unicodedata.category(char).startswith("C") else char for char in text)
    if language is Language.ZH:
        for written, spoken in _SOUNDS_LIKE.items():
            clean = clean.replace(written, spoken)
    clean = _TELEPHONE.sub(lambda match: _telephone(match, language), clean)
    return _SPACES.sub(" ", clean).strip()


def expected_seconds(text: str) -> tuple[float, float]:
    """Return the least and greatest plausible duration of the spoken text; (0, 0) when there is nothing to say."""
    syllables = len(_HAN.findall(text)) + len(_DIGIT.findall(text))
    words = _WORD.findall(text)
    if syllables + len(words) == 0:
        return 0.0, 0.0
    letters = sum(map(len, words))
    least = 0.09 * syllables + 0.08 * len(words) + 0.012 * letters
    most = 1.5 + 0.7 * syllables + 0.5 * len(words) + 0.15 * letters + 0.7 * len(_PAUSE.findall(text))
    return least, most


def _telephone(match: re.Match[str], language: Language) -> str:
    digits, call = match["digits"], match["call"] or ""
    if (not call and len(digits) < 5) or not digits.isascii():
        return match[0]
    words = _SPOKEN_DIGITS[language]
    spoken = [words[digit] for digit in digits]
    if language is Language.ZH:
        if digits in COUNTING_UP:
            spoken = ["一" if word == "幺" else word for word in spoken]
        return call + "".join(spoken)
    return f"{call}{' '.join(spoken)}"
