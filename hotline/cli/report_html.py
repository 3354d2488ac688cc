"""A report as one page that needs nothing else: tables, and plots drawn into it. Fit to be printed."""

from jinja2 import Environment, select_autoescape
from markupsafe import Markup

from hotline.cli.report_cells import Sheet
from hotline.cli.report_plots import bars, grouped, heat, line
from hotline.cli.report_sheets import Sheets
from tickets.reporting import Clock, Definition, Report

_MOST_ON_A_PAGE = 24  # rows: the hours of a day; a table of no more is printed on one page

_PAGE = """<!DOCTYPE html>
<html lang="zh">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<style>
  body { font: 14px/1.5 "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif; color: #222;
         max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.4rem; }
  h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; break-after: avoid; }
  .wide { overflow-x: auto; }
  table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
  th, td { border-bottom: 1px solid #ddd; padding: .25rem .5rem; text-align: left; vertical-align: top; }
  th { background: #f4f4f4; }
  .number { text-align: right; }
  td { overflow-wrap: anywhere; }  /* a subject without a space must not be cut off at the edge */
  td:not(.number) { min-width: 8.5em; }
  td.number { white-space: nowrap; }
  table.few { width: auto; min-width: 50%; }
  tr { break-inside: avoid; }
  figure { margin: 1rem 0; break-inside: avoid; }
  figure svg { max-width: 100%; height: auto; }
  @page { size: A4 landscape; margin: 12mm;
          @bottom-left { content: "{{ printed }}"; font-size: 8pt; color: #666; }
          @bottom-right { content: counter(page) " / " counter(pages); font-size: 8pt; color: #666; } }
  @media print {
    .plots { display: grid; grid-template-columns: 1fr 1fr; gap: 2mm 8mm; align-items: start; }
    figure { margin: 0; }
    figure ol { margin: 0; padding-left: 1.5em; font-size: 7pt; }
    .short { break-inside: avoid; }
    body { max-width: none; margin: 0; padding: 0; font-size: 9pt; }
    thead { display: table-header-group; }
    h2 { break-after: avoid; }
    .wide { overflow: visible; }
    th, td { padding: .1rem .3rem; }
    th, td.number { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  }
</style>
</head>
<body>
<h1>{{ title }}</h1>
<p>{% for name, value in counts %}{{ name }}: <strong>{{ value }}</strong>{{ " · " if not loop.last }}{% endfor %}</p>
<div class="plots">
{% for caption, drawn in plots %}
<figure>{{ drawn }}<figcaption>{{ caption }}</figcaption></figure>
{% endfor %}
<figure>{{ levels }}<figcaption>{{ levels_caption }}
<ol>{% for name in definitions %}<li>{{ name }}</li>{% endfor %}</ol></figcaption></figure>
</div>
{% for sheet in sheets %}
<section{% if sheet.rows | length <= most_on_a_page %} class="short"{% endif %}>
<h2>{{ sheet.title }}</h2>
{% if sheet.rows %}
<div class="wide"><table{% if sheet.columns | length <= 4 %} class="few"{% endif %}>
<thead><tr>{% for column in sheet.columns -%}
<th{% if loop.index0 in numbers(sheet) %} class="number"{% endif %}>{{ column }}</th>
{%- endfor %}</tr></thead>
<tbody>
{% for row in sheet.rows %}
<tr>{% for cell in row -%}
<td{% if cell.number is not none %} class="number"{% endif %}>{{ cell.text }}</td>
{%- endfor %}</tr>
{% endfor %}
</tbody>
</table></div>
{% else %}
<p>{{ none }}</p>
{% endif %}
</section>
{% endfor %}
</body>
</html>
"""


def page(report: Report, sheets: Sheets) -> str:
    """Return the page; whatever comes from outside is escaped."""
    environment = Environment(autoescape=select_autoescape(default=True, default_for_string=True))
    hours = [f"{hour:02d}" for hour in range(24)]
    shares = [None if row.service_level is None else row.service_level * 100 for row in report.by_hour]
    plots = [
        (sheets.word("plot_calls"), Markup(bars(hours, [row.calls for row in report.by_hour]))),
        (sheets.word("plot_level"), Markup(line(hours, shares))),
        (sheets.word("plot_heat"), Markup(heat(report.arrivals))),
    ]  # fmt: skip
    return environment.from_string(_PAGE).render(
        title=sheets.title(), counts=sheets.counts(), sheets=sheets.all(), plots=plots, none=sheets.word("none"),
        levels=Markup(_levels(report)), levels_caption=sheets.word("plot_levels"), definitions=sheets.definitions(),
        numbers=_numbers, most_on_a_page=_MOST_ON_A_PAGE, printed=_in_css(sheets.title()),
    )  # fmt: skip


def _numbers(sheet: Sheet) -> set[int]:
    """Return the columns of numbers, by index: their headings stand above them, at the right."""
    return {i for i in range(len(sheet.columns)) if any(row[i].number is not None for row in sheet.rows)}


def _in_css(text: str) -> Markup:
    """Return a text as it may stand between quotes in a style sheet: whatever is no letter or digit as its number."""
    return Markup("".join(letter if letter.isalnum() else f"\\{ord(letter):x} " for letter in text))


def _levels(report: Report) -> str:
    """Return the plot of all service levels; numbers stand for the definitions that are named below it."""
    value = {(one.definition, one.clock): None if one.value is None else one.value * 100 for one in report.levels}
    numbers = [str(number) for number, _ in enumerate(Definition, 1)]
    return grouped(numbers, [(clock.value, [value[each, clock] for each in Definition]) for clock in Clock])
