"""Components as pages use them: drawn from rows made up here."""

# ruff: noqa: DTZ001 - pages show civil time, which has no zone

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from reports.components.base import Context, kind_of
from reports.engine import Result
from reports.errors import PageError
from reports.project import load_project
from reports.render import render_nodes
from reports.syntax import parse
from reports.theme import Theme, load_theme

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def theme() -> Theme:
    return load_theme(load_project().config)


def result(name: str, rows: list[dict[str, Any]], kinds: dict[str, str] | None = None) -> Result:
    return Result(name, kinds or {key: kind_of(value) for key, value in rows[0].items()}, rows)


HOURS = result(
    "hours",
    [
        {"hour": f"{hour} h", "mw": 50000.0 + 500 * hour, "rte": 50200.0 + 480 * hour, "low": 48000.0, "band": 3000.0}
        for hour in range(24)
    ],
)
DAYS = result(
    "days",
    [{"day": date(2025, 1, 1) + timedelta(days=n), "mw": 60000.0 - 10 * n, "kind": "ab"[n % 2]} for n in range(400)],
)
NONE = Result("none", {"day": "date", "mw": "number"}, [])
SCOPE = {"hours": HOURS, "days": DAYS, "none": NONE}


def draw(theme: Theme, text: str, files: dict[str, bytes] | None = None) -> str:
    context = Context("p", theme, {} if files is None else files, render_nodes, dict(SCOPE))
    return render_nodes(parse(text, "pages/p.md"), context)


def test_markdown_expressions_and_values_meet_in_one_paragraph(theme: Theme) -> None:
    html = draw(
        theme, "La **pointe** : <Value data={hours} column=mw row=1 fmt='#,##0.0, \"GW\"'/> sur {hours.length} h !"
    )
    assert html == (
        '<p>La <strong>pointe</strong>\u00a0: <span class="value">50,5\u00a0GW</span> sur 24 h\u202f!</p>\n'
    )


def test_what_comes_from_data_is_text_and_not_markup(theme: Theme) -> None:
    context = Context("p", theme, {}, render_nodes, {"q": result("q", [{"t": "<b>*x*</b>"}])})
    html = render_nodes(parse("{q[0].t} <Value data={q}/>\n\n<DataTable data={q}/>", "pages/p.md"), context)
    assert "<b>" not in html
    assert html.count("&lt;b&gt;*x*&lt;/b&gt;") == 3


def test_conditions_and_loops(theme: Theme) -> None:
    text = "{#if none.length > 0}some{:else}none{/if}\n\n{#each hours as h}{#if h.mw > 61000}\n- {h.hour}{/if}{/each}"
    assert draw(theme, text) == "<p>none</p>\n<ul>\n<li>23\u00a0h</li>\n</ul>\n"


def test_a_branch_that_is_not_taken_is_not_drawn(theme: Theme) -> None:
    assert draw(theme, "{#if none.length > 0}<LineChart data={none} x=day y=mw/>{/if}") == ""


def test_markdown_inside_of_components_may_be_indented(theme: Theme) -> None:
    html = draw(theme, "<Alert status=warning>\n\n    ### Titre\n\n    Du **texte**.\n\n</Alert>")
    assert '<div class="alert warning" role="note"><h3 id="titre">Titre</h3>\n<p>Du <strong>texte</strong>.</p>' in html


def test_a_paragraph_in_italics_is_a_note_and_links_work_from_disk(theme: Theme) -> None:
    html = draw(theme, "_Source : [Prévisions](/previsions#x), [accueil](/)._\n\nUn _mot_ ici.")
    assert '<p class="note"><em>Source\u00a0: <a href="previsions.html#x">Prévisions</a>' in html
    assert '<a href="index.html">' in html
    assert "<p>Un <em>mot</em> ici.</p>" in html


def test_big_value_says_which_way_is_good(theme: Theme) -> None:
    text = '<BigValue data={hours} value=mw comparison=low comparisonTitle="vs RTE" {}/>'
    assert 'class="c positive"' in draw(theme, text.replace("{}", ""))
    assert 'class="c negative"' in draw(theme, text.replace("{}", "downIsGood=true"))
    assert 'class="c"' in draw(theme, text.replace("{}", "comparisonDelta=false"))


def marks(html: str, kind: str, mark: str) -> int:
    (svg,) = re.findall(rf'<svg class="{kind}".*?</svg>', html, re.DOTALL)
    return len(re.findall(rf'class="mark-{mark}', svg))


BAND = """<Chart data={hours} x=hour sort=false yFmt='#,##0, "GW"' yScale=true title="Demain"
    seriesColors={{"Low": "transparent", "Band": "prevision"}} legend=true>
    <Area y={["low", "band"]} fillOpacity=0.2 line=false/>
    <Line y=rte name="RTE, J-1" lineColor=rte lineType=dashed/>
    <Line y=mw name="conso" lineColor=prevision/>
    <ReferenceLine y=60000 label="seuil"/>
</Chart>"""


def test_a_chart_has_two_pictures_a_legend_words_and_a_table(theme: Theme) -> None:
    files: dict[str, bytes] = {}
    html = draw(theme, BAND, files)
    for kind in ("wide", "narrow"):
        assert marks(html, kind, "line") == 2
        assert marks(html, kind, "area") == 1, "the transparent area only lifts the band"
        assert marks(html, kind, "rule role-mark") == 1
    legend = re.findall(r"</span>([^<]+)</li>", html)
    assert legend == ["Band", "RTE, J-1", "conso"]
    (label,) = re.findall(r'role="img" aria-label="([^"]+)"', html)
    assert label.startswith("Demain. Band (aire)")
    assert "conso (courbe)\u00a0: de 50,0\u00a0GW (0\u00a0h) à 61,5\u00a0GW (23\u00a0h)." in label
    assert "<td" in html
    assert ">61\u202f500</td>" in html, "the table gives all digits"
    assert files["data/p-hours.csv"].decode().splitlines()[1] == "0 h,50000.0,50200.0,48000.0,3000.0"


def test_charts_hold_no_colour_of_their_own(theme: Theme) -> None:
    html = draw(theme, BAND + "\n\n<CalendarHeatmap data={days} date=day value=mw/>")
    assert re.findall(r'(?:fill|stroke)="(?!none|transparent|var\(--)[^"]*"', html) == []
    assert 'fill="var(--scale-default-8)"' in html


def test_the_same_rows_give_the_same_bytes(theme: Theme) -> None:
    text = (
        BAND + "\n\n<CalendarHeatmap data={days} date=day value=mw/>\n\n<BarChart data={days} x=kind y=mw series=kind/>"
    )
    assert draw(theme, text) == draw(theme, text)


def test_a_calendar_shows_every_day_once(theme: Theme) -> None:
    html = draw(theme, "<CalendarHeatmap data={days} date=day value=mw valueFmt=num0/>")
    for kind in ("wide", "narrow"):
        (svg,) = re.findall(rf'<svg class="{kind}".*?</svg>', html, re.DOTALL)
        assert len(re.findall(r'fill="var\(--scale-default-\d\)"', svg)) == 400
    assert "de 56\u202f010 (4 févr. 2026) à 60\u202f000 (1er janv. 2025)" in html


def test_bars_stack_and_stand_side_by_side(theme: Theme) -> None:
    rows = [{"year": y, "kind": k, "v": v} for y in ("2024", "2025") for k, v in (("a", 10.0), ("b", 30.0))]
    context = Context("p", theme, {}, render_nodes, {"q": result("q", rows)})

    def heights(kind: str) -> list[float]:
        html = render_nodes(
            parse(f"<BarChart data={{q}} x=year y=v series=kind type={kind} sort=false/>", "p.md"), context
        )
        (svg,) = re.findall(r'<svg class="wide".*?</svg>', html, re.DOTALL)
        paths = re.findall(r'd="M([\d.]+),([\d.]+)h([\d.]+)v([\d.]+)', svg)
        return sorted({round(float(path[3]) / 10) for path in paths})

    assert len(heights("stacked")) == len(heights("grouped")) == 2
    assert heights("stacked100")[-1] > heights("stacked")[-1] * 0.9


def test_a_table_formats_sorts_and_scrolls(theme: Theme) -> None:
    html = draw(
        theme,
        '<DataTable data={days} rows=10 sort="mw desc"><Column id=day title="Jour" fmt="d mmm yyyy"/>'
        "<Column id=mw contentType=bar fmt=num0/></DataTable>",
    )
    first = re.findall(r"<tbody><tr><td[^>]*>([^<]+)</td>", html)
    assert first == ["1er janv. 2025"]
    assert 'class="scroll tall"' in html
    assert html.count("<tr>") == 401


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("\n<LinChart data={days}/>", 2, "unknown component <LinChart>. Did you mean <LineChart>?"),
        ("<Value data={days} colunm=mw/>", 1, "unknown attribute colunm. Did you mean column?"),
        ("<Value data={days} column=mv/>", 1, "column='mv', which query days does not give. Known: day, mw, kind."),
        ("<Value data={nothing}/>", 1, "unknown name 'nothing'"),
        ("<Value data={days} row=400/>", 1, "row 400 of the 400"),
        ("<Value data={days} column=mw fmt=money/>", 1, "no format"),
        ("<Value data={days} column=day fmt=num0/>", 1, "is no date format"),
        ("<Value/>", 1, "has no data"),
        ("<Value data=days/>", 1, "needs a query"),
        ("text\n\n<LineChart data={none} x=day y=mw/>", 3, "gets no row from query none"),
        ("<Value data={none}/>", 1, "gets no row"),
        ("<DataTable data={none}/>", 1, "gets no row"),
        ("<LineChart data={days} x=day y=kind/>", 1, "which is a text, not a number"),
        ("<LineChart data={days} x=day y=mw lineColor=#ff0000/>", 1, "no colour of the theme"),
        ("<LineChart data={days} x=day y=mw lineType=wavy/>", 1, "lineType='wavy'"),
        ("<LineChart data={days} x=day y=mw>\n<Line y=mw/>\n</LineChart>", 2, "cannot hold <Line>"),
        ("<LineChart data={days} x=day y=mw>\ntext\n</LineChart>", 1, "cannot hold text"),
        ("<LineChart data={days} x=day y=mw><ReferenceLine x=soon/></LineChart>", 1, "is no date"),
        ("<BarChart data={days} x=day y=mw swapXY=true/>", 1, "x is no text"),
        ("<CalendarHeatmap data={days} date=kind value=mw/>", 1, "is no date"),
        ("<Heatmap data={days} x=kind y=kind value=mw colorScale=rainbow/>", 1, "theme does not know"),
        ("<Grid cols=9>\n</Grid>", 1, "cols=9"),
        ("<Alert status=odd>x</Alert>", 1, "status='odd'"),
        ("<Value data={days}>x</Value>", 1, "takes nothing inside"),
        ("{#each 3 as x}x{/each}", 1, "no list"),
        ("{none[0].mw}", 1, "there is no row"),
    ],
)
def test_faults_name_page_and_line(theme: Theme, text: str, line: int, reason: str) -> None:
    with pytest.raises(PageError) as caught:
        draw(theme, text)
    assert str(caught.value).startswith(f"reports/pages/p.md, line {line}: ")
    assert reason in str(caught.value)


@pytest.mark.parametrize("name", ["LineChart data={none} x=day y=mw", "DataTable data={none}", "Value data={none}"])
def test_an_empty_result_may_be_allowed(theme: Theme, name: str) -> None:
    html = draw(theme, f'<{name} emptySet="pass" emptyMessage="Rien encore"/>')
    assert "Rien encore" in html
    assert 'class="empty"' in html


def test_time_axes_are_french(theme: Theme) -> None:
    rows = [{"at": datetime(2025, 11, 1) + timedelta(days=30 * n), "v": float(n)} for n in range(12)]
    context = Context("p", theme, {}, render_nodes, {"q": result("q", rows)})
    html = render_nodes(parse("<LineChart data={q} x=at y=v/>", "pages/p.md"), context)
    (svg,) = re.findall(r'<svg class="wide".*?</svg>', html, re.DOTALL)
    labels = re.findall(r">([^<]+)</text>", svg)
    assert {"déc.", "2026", "févr.", "juin", "août"} <= set(labels)
