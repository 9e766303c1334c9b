"""Rules that the dbt project and the suites of expectations keep, read from their files."""

from __future__ import annotations

import re

import pytest
import yaml

from conso import fingerprint, suites
from conso.errors import ConsoError
from conso.settings import PROJECT_ROOT
from ingest.contracts import BY_TABLE, QUARANTINE

pytestmark = pytest.mark.unit

WAREHOUSE = PROJECT_ROOT / "warehouse"
MODELS = sorted((WAREHOUSE / "models").rglob("*.sql"))
DOCUMENTED = {
    model["name"]: model
    for path in sorted((WAREHOUSE / "models").rglob("*.yml"))
    for model in yaml.safe_load(path.read_text()).get("models", ())
}
MARTS = [path for path in MODELS if "marts" in path.parts]


def columns_in_the_data_model(mart):
    """Names of the columns that docs/data-model.md promises for a mart, in its order."""
    text = (PROJECT_ROOT / "docs" / "data-model.md").read_text()
    block = re.search(rf"^\*\*marts\.{mart}\*\*(.*?)(?=^\*\*marts\.|\Z)", text, re.DOTALL | re.MULTILINE).group(1)
    while "(" in block:  # explanations stand in parentheses, nested ones too
        block = re.sub(r"\([^()]*\)", "", block)
    block = block.replace("is_school_holiday_zone_a/_b/_c", "is_school_holiday_zone_a, _b, _c")
    names = []
    for part in re.split(r"[,:;\n]", block):
        word = part.strip().split(" ")[0]
        if re.fullmatch(r"_[bc]", word):
            word = f"is_school_holiday_zone{word}"
        if re.fullmatch(r"[a-z][a-z0-9_]+", word) and not part.strip().startswith("last hour of load"):
            names.append(word)
    return names


def test_every_model_is_described_and_has_a_primary_key_test():
    for path in MODELS:
        model = DOCUMENTED[path.stem]
        assert model["description"].strip(), path.stem
        kinds = [next(iter(test)) if isinstance(test, dict) else test for test in model["data_tests"]]
        assert "primary_key" in kinds, path.stem


def test_names_say_layer_source_and_entity():
    for path in MODELS:
        layer = path.relative_to(WAREHOUSE / "models").parts[0]
        pattern = {
            "staging": rf"stg_{path.parent.name}__\w+",
            "intermediate": r"int_[a-z0-9_]+__\w+",
            "marts": r"(fct|dim|mart)_\w+",
        }[layer]
        assert re.fullmatch(pattern, path.stem), path


def test_only_staging_reads_sources():
    for path in MODELS:
        reads_source = "source(" in path.read_text().replace("source_measure(", "")
        assert reads_source == ("staging" in path.parts), path


@pytest.mark.parametrize("mart", [path.stem for path in MARTS])
def test_marts_have_described_typed_columns(mart):
    for column in DOCUMENTED[mart]["columns"]:
        assert column["description"].strip(), column["name"]
        assert column["data_type"], column["name"]


@pytest.mark.parametrize("mart", [path.stem for path in MARTS])
def test_marts_have_exactly_the_columns_of_the_data_model(mart):
    promised = columns_in_the_data_model(mart)
    built = [column["name"] for column in DOCUMENTED[mart]["columns"]]
    assert [name for name in promised if name in built] == built
    assert set(built) <= set(promised)


def test_no_table_is_made_from_the_time_at_which_it_is_made():
    for path in MODELS:
        assert not re.search(r"\b(now\(\)|current_timestamp|current_date|random\(\))", path.read_text()), path


def test_sources_are_the_tables_that_are_ingested():
    assert set(fingerprint.published_tables()) == set(BY_TABLE)
    assert QUARANTINE.table in fingerprint.own_tables()


def test_suites_cover_every_table_and_name_columns_of_the_contracts():
    loaded = {suite.table: suite for suite in suites.load()}
    assert set(loaded) == {*BY_TABLE, QUARANTINE.table}
    assert [table for table, suite in loaded.items() if suite.required] == ["odre_national_load"]
    for table, suite in loaded.items():
        contract = BY_TABLE.get(table, QUARANTINE)
        known = {column.name for column in contract.all_columns}
        assert set(suite.key) <= known
        for expected in suite.expectations:
            arguments = expected.kwargs
            named = [arguments.get("column"), arguments.get("column_A"), arguments.get("column_B")]
            named += [*arguments.get("column_list", ()), *arguments.get("column_set", ())]
            assert {name for name in named if name} <= known, expected.name


def test_a_suite_with_a_misspelt_severity_is_refused_with_its_file(tmp_path):
    suite = {"table": "t", "required": True, "key": ["a"], "expectations": [{"name": "n", "expectation": "e"}]}
    suite["expectations"][0] |= {"severity": "fatal", "why": "w"}
    (tmp_path / "t.yml").write_text(yaml.safe_dump(suite))
    with pytest.raises(ConsoError, match=r"t\.yml.*severity") as caught:
        suites.load(tmp_path)
    assert caught.value.remedy


def test_two_expectations_of_one_name_are_refused(tmp_path):
    expectation = {"name": "n", "expectation": "e", "severity": "warning", "why": "w"}
    suite = {"table": "t", "required": True, "key": ["a"], "expectations": [expectation, expectation]}
    (tmp_path / "t.yml").write_text(yaml.safe_dump(suite))
    with pytest.raises(ConsoError, match="names that come twice: n"):
        suites.load(tmp_path)


def test_fingerprint_of_files_follows_names_and_contents_and_leaves_generated_ones_out(tmp_path):
    (tmp_path / "a.sql").write_text("select 1")
    first = fingerprint.of_files(tmp_path, "*.sql")
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "b.sql").write_text("select 2")
    assert fingerprint.of_files(tmp_path, "*.sql") == first
    (tmp_path / "a.sql").rename(tmp_path / "c.sql")
    renamed = fingerprint.of_files(tmp_path, "*.sql")
    (tmp_path / "c.sql").write_text("select 3")
    assert len({first, renamed, fingerprint.of_files(tmp_path, "*.sql")}) == 3
