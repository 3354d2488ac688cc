"""A run as one HTML page that needs nothing else: verdict, figures, plots, and every failed call to be opened."""

from typing import Any

from jinja2 import Environment, select_autoescape
from markupsafe import Markup

from simulator.telling.plots import distribution, lines
from simulator.telling.plots_over_time import kinds_left_out, plots_over_time
from simulator.telling.report import MOST_HEARD, Report
from simulator.telling.rising import columns
from simulator.telling.rising import lines as step_lines

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ r.scenario }}: {{ r.verdict }}</title>
<style>
  body { font: 14px/1.5 "Noto Sans", "Noto Sans CJK SC", sans-serif; color: #222; max-width: 75rem;
         margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
  .wide { overflow-x: auto; }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .5rem 0; }
  th, td { border-bottom: 1px solid #ddd; padding: .2rem .6rem; text-align: right; vertical-align: top; }
  th:first-child, td:first-child, td.text { text-align: left; }
  th { background: #f4f4f4; }
  .passed { color: #1a6b2c; } .failed { color: #b00020; } .doubt { background: #fff3cd; padding: .5rem; }
  svg { max-width: 100%; height: auto; }
  .small figure { display: inline-block; margin: .3rem; }
  details { border-bottom: 1px solid #ddd; padding: .3rem 0; } summary { cursor: pointer; }
  .sides { display: grid; gap: 0 1rem; } .sides > div { min-width: 0; } .sides p { margin: .3rem 0 0; }
  @media (min-width: 60rem) { .sides.two { grid-template-columns: 1fr 1fr; } }
  pre { background: #f8f8f8; padding: .5rem; overflow-x: auto; margin: .3rem 0; }
</style>
</head>
<body>
<h1>{{ r.scenario }}: <span class="{{ r.verdict }}">{{ r.verdict }}</span></h1>
<p>{{ r.about }}</p>
<p>{{ r.placed }} calls to {{ r.target }} in {{ r.seconds }} s, begun {{ r.began }}, seed {{ r.seed }},
media {{ r.media }}, {{ r.agents.seats }} seats.</p>
{% if r.stopped %}
<p class="doubt">Stopped before its end: {{ r.unfinished }} callers were still on the line.</p>
{% endif %}
{% for doubt in r.simulator.doubts %}<p class="doubt">Do not trust these figures: {{ doubt }}.</p>{% endfor %}
{% if r.limits %}
<h2>Limits</h2>
<table><tr><th>of</th><th>figure</th><th>limit</th><th>was</th><th></th></tr>
{% for one in r.limits %}<tr><td>{{ one.of or "all" }}</td><td class="text">{{ one.name }}</td><td>{{ one.limit }}</td>
<td>{{ "-" if one.value is none else one.value }}</td>
<td class="{{ 'passed' if one.kept else 'failed' }}">{{ "kept" if one.kept else "missed" }}</td></tr>{% endfor %}
</table>
{% endif %}
<h2>Callers</h2>
<div class="wide"><table><tr><th>kind</th>{% for name in counts %}<th>{{ name.replace("_", " ") }}</th>{% endfor %}
<th>wait p50</th><th>wait p95</th><th>loss</th><th>MOS p5</th></tr>
{% for name, k in kinds %}<tr><td>{{ name }}</td>{% for count in counts %}<td>{{ k[count] }}</td>{% endfor %}
<td>{{ k.wait_s.p50 | figure }}</td><td>{{ k.wait_s.p95 | figure }}</td>
<td>{{ k.sound.loss_share | figure }}</td><td>{{ k.sound.mos.p5 | figure }}</td></tr>{% endfor %}
</table></div>
<h2>Times, in seconds</h2>
<table><tr><th>what</th><th>calls</th><th>mean</th><th>p50</th><th>p90</th><th>p95</th><th>p99</th><th>max</th></tr>
{% for key in times %}<tr><td>{{ key.removesuffix("_s").replace("_", " ") }}</td><td>{{ r[key].count }}</td>
{% for q in ("mean", "p50", "p90", "p95", "p99", "max") %}<td>{{ r[key][q] | figure }}</td>{% endfor %}</tr>{% endfor %}
</table>
{% for caption, drawn in plots %}<h2>{{ caption }}</h2><figure>{{ drawn }}</figure>{% endfor %}
<h2>Over time, by kind of callers</h2>
{% if left_out %}<p>{{ left_out }} kinds with the fewest callers have no line.</p>{% endif %}
<div class="small">{% for drawn in small %}<figure>{{ drawn }}</figure>{% endfor %}</div>
{% if r.plateaus %}
<h2>Steps</h2>
<p>{{ r.gave_in.told }}</p>
<div class="wide"><table><tr>{% for name in step_columns %}<th>{{ name }}</th>{% endfor %}</tr>
{% for line in step_lines %}<tr>{% for cell in line %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}
</table></div>
{% endif %}
<h2>SIP, sound, seats, and the simulator itself</h2>
<table>
{% for name, value in facts %}<tr><td>{{ name }}</td><td class="text">{{ value }}</td></tr>{% endfor %}
</table>
<h2>Calls that went wrong</h2>
{% if r.reasons %}<table><tr><th>why</th><th>calls</th></tr>
{% for why, count in r.reasons.items() %}<tr><td>{{ why }}</td><td>{{ count }}</td></tr>{% endfor %}</table>{% endif %}
{% if r.unopened %}<p class="doubt">{{ r.unopened }} more went wrong: the first {{ r.opened | length }} can be opened
here, the others are in the CSV (--csv), a line each.</p>{% endif %}
{% if r.opened | length > most_heard %}
<p>What a caller heard is kept of the first {{ most_heard }} that failed.</p>{% endif %}
{% for call in r.opened %}
<details><summary>call {{ call.index }}, {{ call.kind }}, {{ call.number }}: {{ call.reason or call.defects }}</summary>
{% if call.audio_wav %}<p>What the caller heard last:
<audio controls preload="none" src="data:audio/wav;base64,{{ call.audio_wav }}"></audio></p>{% endif %}
<div class="sides{{ ' two' if call.engine }}">
<div><p>The caller (seconds of the run):</p>
<pre>{% for moment in call.timeline %}{{ "%8.2f" | format(moment.at_s) }}  {{ moment.what }}
{% endfor %}</pre>
{% for ladder in call.ladders %}<pre>{% for step in ladder %}{{ "%8.2f" | format(step.run_s) }}  {{
"caller ---> " if step.way == ">" else "caller <--- " }}{{ step.line }}
{% endfor %}</pre>{% endfor %}</div>
{% if call.engine %}<div><p>The same call, as the hotline tells it:</p>
<pre>{% for line in call.engine %}{{ line }}
{% endfor %}</pre></div>{% endif %}
</div>
</details>
{% else %}<p>None.</p>{% endfor %}
</body>
</html>
"""
_COUNTS = ("placed", "done", "answered", "abandoned", "failed", "misrouted", "overtaken", "one_way", "gaps")
_TIMES = (
    "wait_s", "request_delay_s", "failed_request_delay_s", "post_dial_delay_s", "disconnect_delay_s", "session_s",
    "registration_delay_s", "first_prompt_s", "reaction_s", "free_to_ring_s", "connect_s", "transfer_clip_s", "talk_s",
)  # fmt: skip


def page(report: Report) -> str:
    """Return the page; whatever comes from outside is escaped."""
    environment = Environment(autoescape=select_autoescape(default=True, default_for_string=True))
    environment.filters["figure"] = _figure
    return environment.from_string(_PAGE).render(
        r=report, counts=_COUNTS, times=_TIMES, kinds=[*report["kinds"].items(), ("all", report)],
        plots=[(caption, Markup(drawn)) for caption, drawn in _plots(report)], facts=_facts(report),
        small=[Markup(drawn) for drawn in plots_over_time(report)], left_out=kinds_left_out(report),
        most_heard=MOST_HEARD, step_columns=columns(report), step_lines=step_lines(report),
    )  # fmt: skip


def _figure(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, int | float) else "-"


def _plots(report: Report) -> list[tuple[str, str]]:
    rows, calls = report["over_time"], report["calls"]
    at = [row["at_s"] for row in rows]
    waits = {
        kind: [call["wait_s"] for call in calls if call["kind"] == kind and call["wait_s"] is not None]
        for kind in report["kinds"]
    }
    scores = [call["mos"] for call in calls if call["mos"] is not None]
    counted = {name: [row[name] for row in rows] for name in ("came", "up", "failed", "abandoned")}
    return [
        ("Calls over time", lines(at, counted, "calls")),
        ("Wait over time (p95)", lines(at, {"wait p95": [row["wait_p95_s"] for row in rows]}, "seconds")),
        ("Wait", distribution(waits, "seconds from the last digit to the agent's voice")),
        ("Quality (MOS by ITU-T G.107)", distribution({"heard by callers": scores}, "MOS")),
    ]


def _facts(report: Report) -> list[tuple[str, str]]:
    sip, sound, agents, simulator = (report[name] for name in ("sip", "sound", "agents", "simulator"))
    registered = report["registrations"]
    told = {
        "SIP answers": ", ".join(f"{code}: {count}" for code, count in sip["codes"].items()),
        "RFC 6076: SER, SEER, ISA, SCR": ", ".join(_figure(sip[name]) for name in ("ser", "seer", "isa", "scr")),
        "RFC 6076: IRA, of registrations": f"{_figure(registered['ira'])} of {registered['attempts']}",
        "INVITEs sent again": sip["repeated_invites"],
        "hung up while it rang (CANCEL)": sip["cancelled"],
        "RTP packets lost": f"{sound['lost']} of {sound['lost'] + sound['packets']}",
        "jitter p95, ms": _figure(sound["jitter_ms"].get("p95")),
        "network delay p95, ms": _figure(sound["delay_ms"].get("p95")),
        "longest hole in the audio, s": sound["longest_gap_s"],
        "offers to seats that were in a call": agents["doubled"],
        "offers just as a seat dialled a code": agents["crossed"],
        "seats' faults": "; ".join(agents["faults"]) or "none",
        "simulator late, ms": ", ".join(
            f"{name.replace('_', ' ')} {value}" for name, value in simulator["late_ms"].items()
        ),
        "calls that came late": simulator["held_back"],
        "calls that the bound on their rate let wait": simulator["slowed"],
        **{
            f"process {one['process']}: callers, seats, late p99": f"{one['placed']}, {one['seats']}, "
            f"{_figure(one['late_ms'].get('p99'))} ms" + (f"; died: {one['died']}" if one["died"] else "")
            for one in simulator.get("processes", ())
        },
        "highest rate that held": report["steps"]["sustained_rate"] or "-",
        **{name.replace("_", " "): value for name, value in report.get("cost", {}).items() if value is not None},
    }
    return [(name, str(value)) for name, value in told.items()]
