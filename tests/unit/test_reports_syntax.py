from __future__ import annotations

import pytest

from reports.errors import PageError
from reports.syntax import Component, Each, Expression, If, Node, Partial, Sql, Text, parse

pytestmark = pytest.mark.unit


def only(text: str) -> Node:
    (node,) = parse(text, "pages/p.md")
    return node


def test_a_named_query_keeps_its_sql_and_its_first_line() -> None:
    nodes = parse("Text\n\n```sql loads\nselect 1\n  as a;\n```\n", "pages/p.md")
    query = nodes[1]
    assert isinstance(query, Sql)
    assert (query.name, query.sql, query.where.line) == ("loads", "select 1\n  as a", 4)


def test_other_fences_and_code_spans_are_left_alone() -> None:
    nodes = parse("```yaml\n{a: <B/>}\n```\n\n`{x}` and \\{ <b>", "pages/p.md")
    assert all(isinstance(node, Text) for node in nodes)
    assert "".join(node.text for node in nodes if isinstance(node, Text)).endswith("`{x}` and \\{ <b>")


def test_attributes_of_every_kind() -> None:
    node = only(
        """<Chart data={q} x=month y={['a', "b"]} title="L'an {q.length}" fmt='0 "h"' seriesColors={{"A": "b"}} big/>"""
    )
    assert isinstance(node, Component)
    assert node.name == "Chart"
    assert node.attributes["x"] == "month"
    assert node.attributes["fmt"] == '0 "h"'
    assert node.attributes["big"] is True
    assert node.attributes["y"].evaluate({}) == ["a", "b"]
    assert node.attributes["seriesColors"].evaluate({}) == {"A": "b"}
    plain, expression = node.attributes["title"]
    assert plain == "L'an "
    assert isinstance(expression, Expression)


def test_quotes_inside_an_expression_do_not_end_the_attribute() -> None:
    node = only("""<BigValue description="De {fmt(q, '0 "MW"')} à {fmt(q, "}")}."/>""")
    assert isinstance(node, Component)
    assert [getattr(part, "source", part) for part in node.attributes["description"]] == [
        "De ",
        """fmt(q, '0 "MW"')""",
        " à ",
        'fmt(q, "}")',
        ".",
    ]


def test_blocks_nest() -> None:
    node = only("{#if a > 1}one{:else if a}two{:else}{#each q as row}<Value data={row}/>{/each}{/if}")
    assert isinstance(node, If)
    assert [condition and condition.source for condition, _ in node.branches] == ["a > 1", "a", None]
    (each,) = node.branches[2][1]
    assert isinstance(each, Each)
    assert each.alias == "row"
    assert isinstance(each.body[0], Component)


def test_children_partials_and_comments() -> None:
    node = only("<Alert status=info>\n\n**Note** <Value data={q}/>\n\n</Alert>")
    assert isinstance(node, Component)
    assert [type(child) for child in node.children] == [Text, Component, Text]
    assert only('{@partial "top.md"}') == Partial(node.where, "top.md")
    assert parse("<!-- <Nothing> {x -->", "pages/p.md") == ()


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a\n{#if x}\nb", 2, "{#if} is never closed"),
        ("{#if x}\n{/each}", 2, "{/each} closes nothing"),
        ("\n\n</Grid>", 3, "</Grid> closes nothing"),
        ("<Grid>\n</Group>", 2, "</Group> closes nothing"),
        ("a\n<Value data={q}", 2, "never closed"),
        ("a\n<Value data={q/>", 2, "{ is never closed"),
        ("\n```sql\nselect 1\n```", 2, "has no name"),
        ("\n```sql q\nselect 1", 2, "never closed"),
        ("{q.}", 1, "cannot be read"),
        ("\n{:else}", 2, "outside of {#if}"),
        ("{#await x}", 1, "not supported"),
        ("{@html x}", 1, "not supported"),
        ("{#each q}x{/each}", 1, "as row"),
        ("<script>x</script>", 1, "not supported"),
        ("\n<Value data={q} data={r}/>", 2, "twice"),
        ('<Value title="x/>', 1, "never closed"),
        ("<Value column=/>", 1, "no value for column"),
        ("<!-- x", 1, "never closed"),
    ],
)
def test_faults_name_file_and_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(PageError) as caught:
        parse(text, "pages/p.md")
    assert str(caught.value).startswith(f"reports/pages/p.md, line {line}: ")
    assert reason in str(caught.value)


def test_the_first_line_counts_after_the_front_matter() -> None:
    with pytest.raises(PageError, match=r"p\.md, line 8:"):
        parse("a\n{x.}", "pages/p.md", first_line=7)
