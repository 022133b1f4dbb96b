"""Every bundled file has a name, a title, a source, a pinned era and a play."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from mockserver.scenario.faults.table import FAULT_KINDS
from mockserver.scenario.language import JOB, SCENARIO
from mockserver.scenario.nodes import node_to_json
from mockserver.scenario.reader import read_yaml
from mockserver.scenario.schema import json_schema
from tests.scenarios import catalogue
from tests.scenarios.pages import ELSEWHERE, PAGES
from tests.support.bundled_scenarios import FILES, played, scenario
from tests.support.fake_world import VENDORS

FIRST_LINE = "# yaml-language-server: $schema=../scenario.schema.json"


def test_there_are_160_files_with_unique_names() -> None:
    assert len(FILES) >= 160
    folder = Path(catalogue.PAGE).parents[1] / "scenarios"
    paths = list(folder.glob("*/*.yaml"))
    assert sorted(path.stem for path in paths) == sorted(FILES)


def test_every_vendor_has_a_dozen_scenarios() -> None:
    for vendor in VENDORS:
        assert sum(scenario(name).vendor == vendor for name in FILES) >= 12


@pytest.mark.parametrize("name", FILES)
def test_a_file_has_its_name_its_folder_and_the_schema_line(name: str) -> None:
    found = scenario(name)
    assert found.name == name
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    assert FILES[name].parent.name == found.vendor
    assert FILES[name].read_text(encoding="utf-8").startswith(FIRST_LINE + "\n")


@pytest.mark.parametrize("name", FILES)
def test_a_file_has_a_title_a_source_and_a_pinned_era(name: str) -> None:
    found = scenario(name)
    assert 10 <= len(found.title) <= 110
    assert not found.title.endswith(".")
    assert re.match(r"(Anthropic|fal|OpenAI|Phaseo|Reap|Replicate|Runway|TwelveLabs), .+?: ", found.source)
    assert found.source.endswith(".")
    assert found.date in {era.date for era in VENDORS[found.vendor].eras}, "the pin is an era's own date"


@pytest.mark.parametrize("name", FILES)
def test_a_file_with_faults_or_races_names_the_client_that_it_catches(name: str) -> None:
    found = scenario(name)
    races = any(step.together for step in found.play)
    if found.script.faults or found.script.webhook_endpoint or races:
        assert found.catches
    if found.catches:
        assert re.match("[a-z]", found.catches)
        assert len(found.catches) <= 150
        assert not found.catches.endswith(".")


def test_each_fault_is_used_in_some_file() -> None:
    met = {effect.keyword for name in FILES for fault in scenario(name).script.faults for effect in fault.effects}
    assert met == set(FAULT_KINDS) - {"frames"}, "no play opens a websocket"


def test_every_group_of_failures_has_scenarios() -> None:
    sizes = Counter(catalogue.group(found) for found in map(scenario, FILES) if found.catches)
    assert set(sizes) == set(catalogue.GROUPS)
    assert sum(sizes.values()) >= 90


@pytest.mark.parametrize("name", FILES)
def test_a_play_has_an_expectation(name: str) -> None:
    steps = [each for step in scenario(name).play for each in (step, *step.together)]
    expected = [step for step in steps if step.expect.status or step.expect.body is not None]
    assert expected or any(step.deliveries for step in scenario(name).play)


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_short(name: str) -> None:
    lines = FILES[name].read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 48
    assert not any(line.rstrip() != line for line in lines)


def test_every_file_is_valid_by_the_published_schema() -> None:
    """It is the schema that the first line of each file names."""
    published = FILES["cancel-then-poll"].parents[1] / "scenario.schema.json"
    schema = json.loads(published.read_bytes())
    assert schema == json_schema()
    validator = Draft202012Validator(schema)
    for name, path in FILES.items():
        root, _ = read_yaml(path, "")
        assert not [error.message for error in validator.iter_errors(node_to_json(root))], name


def _keys(text: str) -> set[str]:
    return set(re.findall(r"(?:^|[\s{\[-])([a-z_]+):(?=\s|$)", text, re.MULTILINE))


def test_the_files_use_every_word_of_the_language() -> None:
    used = set().union(*(_keys(path.read_text(encoding="utf-8")) for path in FILES.values()))
    words = {field.name for shape in (SCENARIO, JOB) for field in shape.fields}
    inner = {"for", "progress", "match", "from", "accept", "refuse", "race", "count", "queued", "outcome", "error"}
    steps = {"at", "after", "as", "job", "send", "query", "headers", "key", "times", "every", "expect", "call", "move"}
    more = {"data", "start", "mode", "active", "reason", "ledger", "method", "path", "code", "message"}
    hooks = {"receiver", "deliver", "on", "duplicate", "reorder", "lose", "late", "sign", "replay", "secret", "id"}
    checks = {"deliveries", "events", "answers", "signed", "state"}
    assert words | inner | steps | more | hooks | checks <= used


def test_the_catalogue_is_current() -> None:
    assert catalogue.PAGE.read_text(encoding="utf-8") == catalogue.page(), "python -m tests.scenarios.catalogue"
    table = catalogue.table()
    assert all(f"`{name}`" in table for name in FILES)


def test_every_captured_page_has_its_table() -> None:
    contracts = Path(catalogue.PAGE).parents[1] / "contracts"
    assert {path.stem for path in contracts.glob("*/pages/*.yaml")} == set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_every_sentence_of_a_page_has_a_scenario(page: str) -> None:
    for sentence, (says, shown_by) in PAGES[page].sentences.items():
        assert says, sentence
        assert shown_by, sentence
        for name in shown_by:
            assert played(name).steps, f"{sentence} is claimed by {name}, which plays nothing"
            assert page.startswith(scenario(name).vendor), f"{sentence} is claimed by {name} of another vendor"


@pytest.mark.parametrize("page", PAGES)
def test_every_scenario_of_a_page_shows_one_of_its_sentences(page: str) -> None:
    of_this_page = {name for name in FILES if scenario(name).source.startswith(PAGES[page].source)}
    shown = {name for sentence in PAGES[page].sentences.values() for name in sentence.shown_by}
    assert of_this_page
    assert of_this_page <= shown


def test_sentences_without_a_scenario_belong_to_known_pages() -> None:
    assert set(ELSEWHERE) <= set(PAGES)
