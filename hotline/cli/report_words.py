"""What figures are called and how they are computed, in Chinese and English. ``{t}`` is the threshold of the service
level, ``{s}`` that of a short abandonment, in seconds; ``{n}`` tickets in ``{d}`` days are a repeated matter."""

from enum import StrEnum
from typing import NamedTuple

from tickets.reporting import Clock, Definition, Ending, Rules, Unknown


class Language(StrEnum):
    """In which languages a report is."""

    ZH = "zh"
    EN = "en"
    BOTH = "both"


class Said(NamedTuple):
    """The same in both languages."""

    zh: str
    en: str

    def to(self, language: Language, rules: Rules | None = None) -> str:
        """Return it as it is printed, with the thresholds filled in."""
        both = f"{self.zh} {self.en}" if self.zh != self.en else self.en
        text = {Language.ZH: self.zh, Language.EN: self.en, Language.BOTH: both}[language]
        if rules is None:
            return text
        return text.format(t=f"{rules.threshold_s:g}", s=f"{rules.short_abandon_s:g}",
                           n=rules.repeat_times, d=f"{rules.repeat_days:g}")  # fmt: skip


class Named(NamedTuple):
    """A figure's name and formula."""

    name: Said
    formula: Said


FIGURES: dict[str, Named] = {
    "connect_rate": Named(Said("接通率", "connect rate"),
        Said("人工接听的来电 ÷ 请求人工的来电", "calls answered by a person / calls that asked for a person")),
    "answer_timeliness": Named(Said("接听及时率", "answer timeliness (service level)"),
        Said("{t}秒内接听 ÷ 接听，自进入排队起计时", "answered within {t} s / answered, from entering the queue")),
    "satisfaction": Named(Said("通话满意率", "satisfaction with the call"),
        Said("满意的评价 ÷ 评价", "satisfied answers to the question after the call / answers")),
    "service_complaints": Named(Said("有效服务投诉率", "valid complaints about the service"),
        Said("登记于热线服务类别的投诉 ÷ 有效来电（未放弃、无故障）",
             "complaints in categories of the hotline's own service / effective calls (neither abandoned nor failed)")),
    "dispatch_timeliness": Named(Said("转办及时率", "dispatch timeliness"),
        Said("登记当日转办的工单 ÷ 应转办的工单（已转办，或有期限而未处理）",
             "work orders dispatched the same day / due to be (dispatched, or with a deadline and untouched)")),
    "first_contact_resolution": Named(Said("一次办结率", "first-contact resolution"),
        Said("首次来电即办结（工单未转办、未重开）÷ 全部接听",
             "settled on the first call (ticket neither dispatched nor reopened) / all answered")),
    "text_replies": Named(Said("短信回复率", "text-message replies"),
        Said("当日答复的短信工单 ÷ 收到的短信工单",
             "tickets that came as text messages and were answered the same day / received")),
    "closing_rate": Named(Said("按期办结率", "closing rate"),
        Said("期限内办结 ÷ 期间到期", "closed within the deadline / due in this time")),
    "follow_up_rate": Named(Said("回访率", "follow-up rate"),
        Said("已回访 ÷ 已答复的工单", "followed up / answered work orders")),
    "asa": Named(Said("平均接听速度", "average speed of answer (ASA)"),
        Said("接听来电的排队时长之和 ÷ 接听", "waiting of answered calls, from entering the queue / answered")),
    "aht": Named(Said("平均处理时长", "average handling time (AHT)"),
        Said("通话（含保持）与话后处理之和 ÷ 接听", "talk with hold, and wrap-up, of answered calls / answered")),
    "abandonment": Named(Said("放弃率", "abandonment"),
        Said("排队中挂机 ÷ 请求人工", "hung up while waiting / asked for a person")),
    "short_abandoned": Named(Said("短放弃", "short abandonments"),
        Said("排队不足{s}秒即挂机", "hung up after less than {s} s of waiting")),
    "abandonment_without_short": Named(Said("放弃率（不计短放弃）", "abandonment without short ones"),
        Said("（放弃 − 短放弃）÷（请求人工 − 短放弃）", "(abandoned - short) / (asked for a person - short)")),
    "longest_wait": Named(Said("最长等候", "longest wait"),
        Said("自进入排队至接听或离开的最大值", "greatest time from entering the queue to the answer, or to the end")),
    "occupancy": Named(Said("坐席占用率", "occupancy"),
        Said("通话、外呼与话后处理 ÷（前者 + 就绪与振铃）",
             "talking, dialling and wrap-up / (the same + ready and ringing), of all agents")),
    "ewt_error": Named(Said("预计等候误差", "error of the expected wait (EWT)"),
        Said("首次告知的等候与其后实际等候之差（绝对值）之和 ÷ 被告知且接通者",
             "how far off the first wait told was, in either direction / callers who were told one and got a person")),
    "ewt_kept": Named(Said("预计等候兑现率", "answered within the wait told"),
        Said("在告知的等候之内接通 ÷ 被告知且接通者",
             "answered within the first wait told / callers who were told one and got a person")),
}  # fmt: skip

DEFINITIONS: dict[Definition, Named] = {
    Definition.ABANDONED_COUNT_AS_KEPT: Named(Said("及时放弃计为达标", "abandoned in time count as kept"),
        Said("（{t}秒内接听 + {t}秒内放弃）÷（接听 + 放弃）",
             "(answered within {t} s + abandoned within {t} s) / (answered + abandoned)")),
    Definition.ANSWERED_ONLY: Named(Said("只计接听", "answered calls only"),
        Said("{t}秒内接听 ÷ 接听", "answered within {t} s / answered")),
    Definition.ABANDONED_COUNT_AGAINST: Named(Said("放弃计为未达标", "abandoned count against"),
        Said("{t}秒内接听 ÷（接听 + 放弃）", "answered within {t} s / (answered + abandoned)")),
    Definition.SHORT_ABANDONED_LEFT_OUT: Named(Said("及时放弃不计", "abandoned in time left out"),
        Said("{t}秒内接听 ÷（接听 + 放弃 − {t}秒内放弃）",
             "answered within {t} s / (answered + abandoned - abandoned within {t} s)")),
    Definition.SHORT_ABANDONED_HALF: Named(Said("及时放弃计一半", "abandoned in time count half"),
        Said("（{t}秒内接听 + {t}秒内放弃 ÷ 2）÷（接听 + 放弃）",
             "(answered within {t} s + half of abandoned within {t} s) / (answered + abandoned)")),
}  # fmt: skip

CLOCKS: dict[Clock, Said] = {
    Clock.RING: Said("自来电起", "from the ring"),
    Clock.MENU: Said("自离开菜单起", "from leaving the menu"),
    Clock.QUEUE: Said("自进入排队起", "from entering the queue"),
}

ENDINGS: dict[Ending, Said] = {
    Ending.AGENT: Said("坐席办结通话", "agent"),
    Ending.THREE_WAY: Said("三方通话", "three-way with a department"),
    Ending.DISPATCHED: Said("转为工单", "dispatched as a work order"),
    Ending.PASSED_ON: Said("菜单转接部门", "passed on by the menu"),
    Ending.SELF_SERVED: Said("自助服务", "self-service"),
    Ending.VOICEMAIL: Said("留言", "voicemail"),
    Ending.CALLBACK: Said("预约回拨", "to be called back"),
    Ending.ABANDONED_QUEUE: Said("排队中放弃", "abandoned while waiting"),
    Ending.ABANDONED_MENU: Said("菜单中放弃", "abandoned in the menu"),
    Ending.TURNED_AWAY: Said("线路繁忙未接入", "turned away: all lines busy"),
    Ending.FAILED: Said("故障", "failed"),
}

UNKNOWN: dict[Unknown, Said] = {
    Unknown.NOTHING: Said("期间无此类来电或工单", "no such call or work order"),
    Unknown.NO_COMPLAINTS: Said("未知：categories.yaml 中没有标明 hotline: true 的类别",
                                "not known: no category in categories.yaml says hotline: true"),
    Unknown.NO_ORDER_STEPS: Said("未知：这些来电的工单均未处理",
        "not known: nothing was done with any ticket of these calls"),
    Unknown.NOBODY_TOLD: Said("未知：接通者均未被告知等候时间", "not known: nobody who got a person was told a wait"),
    Unknown.NO_AGENT_STATES: Said("未知：没有坐席登录记录", "not known: no agent was logged in"),
}  # fmt: skip

COLUMNS: dict[str, Said] = {
    "calls": Said("来电", "calls"), "asked": Said("请求人工", "asked"), "answered": Said("接听", "answered"),
    "abandoned": Said("放弃", "abandoned"), "short_abandoned": Said("短放弃", "short"),
    "connect_rate": Said("接通率", "connect rate"), "service_level": Said("接听及时率", "in {t} s / answered"),
    "satisfaction": Said("满意率", "satisfaction"),
    "abandonment": Said("放弃率", "abandonment"), "asa_s": Said("平均接听速度", "ASA"),
    "aht_s": Said("平均处理时长", "AHT"), "longest_wait_s": Said("最长等候", "longest wait"),
    "occupancy": Said("占用率", "occupancy"),
}  # fmt: skip

_QUEUEING = ("asked", "answered", "abandoned", "short_abandoned", "connect_rate", "service_level", "asa_s", "aht_s",
             "longest_wait_s", "satisfaction")  # fmt: skip
TABLES: dict[str, tuple[Said, tuple[str, ...]]] = {
    "by_queue": (Said("按队列", "By queue"), _QUEUEING),
    "by_skill": (Said("按所需技能（一次来电可计入多项）", "By skill needed (a call counts under each)"), _QUEUEING),
    "by_agent": (Said("按坐席（最后通话者）", "By agent (the last who talked)"),
                 ("answered", "service_level", "asa_s", "aht_s", "satisfaction", "occupancy")),
    "by_department": (Said("按部门（三方通话或转接）", "By department (joined, or passed on to)"),
                      ("calls", "answered", "aht_s", "satisfaction")),
    "by_hour": (Said("按小时（来电时间）", "By hour (of arrival)"), ("calls", *_QUEUEING, "occupancy")),
}  # fmt: skip

WORDS: dict[str, Said] = {
    "title": Said("12345热线报表", "12345 hotline report"),
    "day": Said("日报", "day"), "week": Said("周报", "week"), "month": Said("月报", "month"),
    "so_far": Said("截至目前", "so far"),
    "judged": Said("考核指标", "Figures of assessment"), "field": Said("运行指标", "Figures of the field"),
    "levels": Said("服务水平（{t}秒）", "Service level ({t} s)"), "endings": Said("来电去向", "Where calls end"),
    "subjects": Said("热点主题", "Top subjects"), "arrivals": Said("来电时段", "Arrivals by day of week and hour"),
    "repeated": Said("重复诉求（{d}天内同号同主题{n}次及以上）",
                     "Repeated matters (same number and subject, {n} or more in {d} days)"),
    "overdue": Said("逾期工单（期末仍未答复或未受理，最久者在前）", "Overdue work orders (still open; longest first)"),
    "overdue_by_department": Said("各部门逾期工单", "Overdue work orders by department"),
    "matters": Said("重复诉求", "repeated matters"), "overdue_now": Said("逾期工单", "overdue work orders"),
    "urgent_now": Said("未答复的紧急工单", "urgent work orders not answered yet"),
    "caller": Said("来电号码", "caller"), "times": Said("次数", "times"), "last": Said("最近", "last"),
    "ticket": Said("工单号", "ticket"), "kind": Said("类型", "kind"), "department": Said("部门", "department"),
    "state": Said("状态", "state"), "due": Said("期限", "due"), "late_days": Said("逾期天数", "days late"),
    "no_department": Said("未转办", "none yet"),
    "kind_enquiry": Said("咨询", "enquiry"), "kind_complaint": Said("投诉", "complaint"),
    "kind_report": Said("举报", "report"), "kind_suggestion": Said("建议", "suggestion"),
    "kind_request": Said("求助", "request"), "kind_voicemail": Said("留言", "voicemail"),
    "state_registered": Said("已登记", "registered"), "state_dispatched": Said("已转办", "dispatched"),
    "state_accepted": Said("已受理", "accepted"), "state_returned": Said("已退回", "returned"),
    "state_reopened": Said("已重开", "reopened"),
    "calls_now": Said("进行中的来电", "calls"), "waiting_now": Said("等候人数", "waiting"),
    "by_queue_now": Said("各队列等候", "by queue"), "seats_now": Said("坐席", "seats"),
    "last_15_min": Said("最近15分钟", "last 15 min"), "today": Said("今日", "today"),
    "figure": Said("指标", "figure"), "value": Said("数值", "value"), "of": Said("分子/分母", "counted"),
    "target": Said("目标", "target"), "formula": Said("公式", "formula"), "clock": Said("计时起点", "clock"),
    "definition": Said("口径", "definition"), "calls": Said("来电", "calls"), "share": Said("占比", "share"),
    "categories": Said("热点类别（登记的工单）", "Top categories (of tickets made)"),
    "category": Said("类别", "category"), "no_category": Said("未分类", "not sorted"),
    "tickets": Said("工单", "tickets"), "callers": Said("来电号码", "callers"),
    "subject": Said("主题", "subject"), "name": Said("名称", "name"), "none": Said("无", "none"),
    "turned_away": Said("线路繁忙未接入", "turned away"),
    "arrived": Said("来电总数", "callers' calls"), "running": Said("进行中（未计入）", "going on (not counted)"),
    "outbound": Said("坐席外呼", "calls that agents made"), "callbacks": Said("热线回拨", "callbacks made"),
    "missed": Said("未达标", "missed"), "kept": Said("达标", "kept"),
    "plot_calls": Said("各小时来电量", "Calls by hour of day"),
    "plot_level": Said("各小时接听及时率（%）", "Answered within {t} s / answered, by hour of day (%)"),
    "plot_levels": Said("服务水平（%），{t}秒，按口径1–5，计时自来电（ring）、离开菜单（menu）、进入排队（queue）起",
                        "Service level (%), {t} s, by definition 1 to 5, from the ring, from leaving the menu, "
                        "from entering the queue"),
    "plot_heat": Said("来电热力图（周一至周日，0–23时）", "Arrivals, Monday (top) to Sunday, 0 to 23 h"),
}  # fmt: skip
WEEKDAYS = (Said("周一", "Mon"), Said("周二", "Tue"), Said("周三", "Wed"), Said("周四", "Thu"), Said("周五", "Fri"),
            Said("周六", "Sat"), Said("周日", "Sun"))  # fmt: skip
