"""The rules of dbt-project-evaluator that fit this project, held against dbt's own manifest; exceptions with reasons.

The package itself comes from dbt's hub or from GitHub, which a build here does not reach; its rules are plain graph
questions.
"""

from __future__ import annotations

import re
from collections import Counter

import pytest

from conso import dictionary
from conso.settings import PROJECT_ROOT

pytestmark = pytest.mark.integration

LAYERS = ("staging", "intermediate", "marts")
FANOUT_LIMIT = 6
FANOUT_EXCEPTIONS = {
    "int_changes__tables": "every model that is built in increments asks it what changed",
    "int_changes__hours": "every model that is built in increments asks it what changed",
    "stg_conso__warehouse": "the clock and the world of the warehouse",
    "stg_odre__national_load": "each of its readers is another question: newest version, first version, changes, age",
    "stg_open_meteo__weather": "newest version, changes, age",
    "stg_conso__transform_seen": "bookkeeping of changes",
}
CHAIN_OF_VIEWS_LIMIT = 3


@pytest.fixture(scope="module")
def project():
    return dictionary.manifest()


@pytest.fixture(scope="module")
def models(project):
    return {node.unique_id: node for layer in LAYERS for node in dictionary.models(project, layer)}


def layer_of(node):
    return node.fqn[1]


def parents(node, kind):
    return [name for name in node.depends_on.nodes if name.startswith(f"{kind}.")]


def test_names_say_the_layer(models):
    prefixes = {"staging": ("stg_",), "intermediate": ("int_",), "marts": ("fct_", "dim_", "mart_")}
    assert [n.name for n in models.values() if not n.name.startswith(prefixes[layer_of(n)])] == []


def test_models_lie_in_the_folder_of_their_layer_and_schema(models):
    assert [n.name for n in models.values() if n.schema != layer_of(n)] == []


def test_staging_reads_one_source_and_nothing_else(models):
    for node in models.values():
        if layer_of(node) == "staging":
            assert len(parents(node, "source")) == 1, node.name
            assert parents(node, "model") == [], node.name


def test_only_staging_reads_sources(models):
    """No direct join to a source, no source beside a model, no mart on a source."""
    assert [n.name for n in models.values() if layer_of(n) != "staging" and parents(n, "source")] == []


def test_every_source_is_read_by_exactly_one_model(project, models):
    readers = Counter(source for node in models.values() for source in parents(node, "source"))
    assert {name: readers[name] for name in project.sources if readers[name] != 1} == {}


def test_no_model_reads_a_later_layer(models):
    for node in models.values():
        for parent in parents(node, "model"):
            assert LAYERS.index(layer_of(models[parent])) <= LAYERS.index(layer_of(node)), (node.name, parent)


def test_marts_read_staging_only_for_what_is_ours(models):
    """Publishers' rows go through intermediate, where versions are chosen; forecasts have one version."""
    allowed = {"stg_conso__forecast", "stg_conso__backtest_run", "stg_conso__backtest_forecast", "stg_conso__warehouse"}
    as_of = {"fct_load_half_hourly", "fct_price_hourly", "fct_weather_hourly"}  # their functions read every version
    for node in models.values():
        if layer_of(node) == "marts" and node.name not in as_of:
            staged = {name.rpartition(".")[2] for name in parents(node, "model") if ".stg_" in name}
            assert staged <= allowed, node.name


def test_no_model_is_without_a_parent(models):
    assert [n.name for n in models.values() if not n.depends_on.nodes] == []


def test_fanout_is_limited(models):
    readers = Counter(parent for node in models.values() for parent in parents(node, "model"))
    wide = {models[name].name for name, count in readers.items() if count > FANOUT_LIMIT}
    assert wide - set(FANOUT_EXCEPTIONS) == set()


def test_no_long_chain_of_views(models):
    def depth(node):
        if node.config.materialized != "view":
            return 0
        return 1 + max((depth(models[parent]) for parent in parents(node, "model")), default=0)

    assert [n.name for n in models.values() if depth(n) > CHAIN_OF_VIEWS_LIMIT] == []


def test_every_model_has_a_primary_key_test(project, models):
    assert [n.name for n in models.values() if not dictionary.primary_key(project, n)] == []


def test_every_model_and_every_column_is_described(models):
    for node in models.values():
        assert node.description.strip(), node.name
        assert node.columns, node.name
        assert [c.name for c in node.columns.values() if not c.description.strip()] == [], node.name


def test_every_source_is_described_and_every_publishers_source_has_freshness(project):
    for source in project.sources.values():
        assert source.description.strip(), source.name
        assert source.source_description.strip(), source.source_name
        if source.source_name not in {"conso", "conso_ops"}:
            assert source.freshness is not None, source.name


def test_marts_are_public_have_enforced_contracts_and_a_yml_of_their_own(models):
    for node in models.values():
        is_mart = layer_of(node) == "marts"
        assert (str(node.access.value) == "public") == is_mart, node.name
        assert node.config.contract.enforced == is_mart, node.name
        assert node.group, node.name
        if is_mart:
            assert node.patch_path.endswith(f"/{node.name}.yml"), node.name


def test_tables_have_real_primary_keys(models, project):
    for node in models.values():
        if layer_of(node) == "marts" and node.config.materialized != "view":
            keys = [c.columns for c in node.constraints if c.type.value == "primary_key"]
            assert keys == [dictionary.primary_key(project, node)], node.name


def test_exposures_read_public_marts_only_and_say_their_method(project, models):
    for exposure in project.exposures.values():
        assert exposure.meta["methodology"].strip(), exposure.name
        assert {layer_of(models[name]) for name in exposure.depends_on.nodes} == {"marts"}, exposure.name


def test_every_page_of_the_site_is_an_exposure_of_the_marts_that_it_reads(project):
    pages = PROJECT_ROOT / "reports" / "pages"
    sources = {
        path.stem: set(re.findall(r"\bmarts\.(\w+)", path.read_text(encoding="utf-8")))
        for path in (PROJECT_ROOT / "reports" / "sources" / "warehouse").glob("*.sql")
    }
    banner = (PROJECT_ROOT / "reports" / "partials" / "bandeau.md").read_text(encoding="utf-8")
    for page in pages.glob("*.md"):
        text = page.read_text(encoding="utf-8") + banner
        read = set().union(*(sources[name] for name in re.findall(r"\bwarehouse\.(\w+)", text) if name in sources))
        exposure = next(each for each in project.exposures.values() if each.name == f"page_{page.stem}")
        assert {name.rpartition(".")[2] for name in exposure.depends_on.nodes} == read, page.name


def test_hard_coded_relations_are_nowhere():
    for path in (PROJECT_ROOT / "warehouse" / "models").rglob("*.sql"):
        text = re.sub(r"--.*", "", path.read_text(encoding="utf-8"))
        assert not re.search(r"\b(from|join)\s+(raw|ops|staging|intermediate|marts)\.", text), path.name


def test_the_data_dictionary_is_current(project):
    written = dictionary.DICTIONARY.read_text(encoding="utf-8")
    assert written == dictionary.render(project), "run `python -m conso.dictionary`"


def test_the_diagram_shows_every_mart_its_key_and_its_tested_relationships(project):
    text = (PROJECT_ROOT / "docs" / "entities.md").read_text(encoding="utf-8")
    logical = text[text.index("## Logical") :]
    tables = dict(re.findall(r"^    (\w+) \{\n(.*?)^    \}", logical, re.DOTALL | re.MULTILINE))
    for node in dictionary.models(project, "marts"):
        keys = re.findall(r"\w+ (\w+) PK", tables[node.name])
        assert keys == dictionary.primary_key(project, node), node.name
    assert set(tables) == {node.name for node in dictionary.models(project, "marts")}
    drawn = {(child, parent) for parent, child in re.findall(r"(\w+) \S+--\S+ (\w+) :", logical)}
    tested = {
        (child, parent) for child, _, parent in dictionary.relationships(project) if {child, parent} <= set(tables)
    }
    assert tested <= drawn
    assert len(tested) >= 5
