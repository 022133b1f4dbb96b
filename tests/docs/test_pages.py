"""What the pages show is what happens, and what they refer to is there."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from mockserver.core.lifecycle import Lifecycle, mermaid_diagram
from mockserver.runner.play.results import PlayOutcome
from mockserver.runner.suite import Suite
from mockserver.runner.targets.factories import in_process_targets
from mockserver.scenario.compile import load_scenario
from mockserver.server.admin.routes import ROUTES
from mockserver.stores import memory_store
from mockserver.vendors.api import Era
from tests.support.doc_pages import PAGES, ROOT, anchors, blocks, links
from tests.support.doc_runner import Stage
from tests.support.fake_world import VENDORS
from tests.support.nested_pytest import load_everything

TEXTS = {name: path.read_text(encoding="utf-8") for name, path in PAGES.items()}
BLOCKS = {name: list(blocks(text)) for name, text in TEXTS.items()}
LANGUAGES = {"console", "sh", "bash", "python", "js", "yaml", "mermaid", "text", "json", "toml", "ts", ""}
RUN = {"console", "sh", "bash", "python"}


@pytest.fixture(scope="module", autouse=True)
def _everything_is_loaded() -> None:
    load_everything()


@pytest.fixture
def stage(pytester, monkeypatch) -> Iterator[Stage]:
    for name in ("HOST", "PORT", "ADMIN_TOKEN", "SEED", "LOG_LEVEL", "API_KEY"):
        monkeypatch.delenv(f"MOCKSERVER_{name}", raising=False)
    playing = Stage(pytester, monkeypatch)
    yield playing
    playing.leave()


@pytest.mark.parametrize("page", [name for name, found in BLOCKS.items() if any(b.language in RUN for b in found)])
def test_what_a_page_shows_happens(page, stage):
    for block in BLOCKS[page]:
        stage.play(block)


@pytest.mark.parametrize("page", PAGES)
def test_blocks_are_of_a_kind_that_is_known(page):
    assert {block.language for block in BLOCKS[page]} <= LANGUAGES


SCENARIOS = [
    pytest.param(block, id=f"{page}:{block.line}")
    for page, found in BLOCKS.items()
    for block in found
    if block.language == "yaml" and re.search("^scenario:", block.text, re.MULTILINE) and not block.file
]


@pytest.mark.parametrize("block", SCENARIOS)
def test_a_scenario_loads_and_plays(block):
    scenario = load_scenario(block.text.encode(), VENDORS)
    played = Suite(VENDORS, in_process_targets(memory_store)).play(scenario)
    wrong = [*played.failures, *(why for tried in played.steps for why in (*tried.failures, tried.inconclusive) if why)]
    assert not wrong
    assert played.outcome is PlayOutcome.OK or not scenario.play


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    for link in links(TEXTS[page]):
        parts = urlsplit(link)
        if parts.scheme:
            continue
        target = (PAGES[page].parent / parts.path).resolve() if parts.path else PAGES[page]
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        if parts.fragment:
            assert parts.fragment in anchors(target.read_text(encoding="utf-8")), link


BY_NAME = re.compile(r"(?:uvx|install)\b[^\n`]*\bvideojob-mockserver\b|VIDEOJOB_MOCKSERVER")


@pytest.mark.parametrize("page", [name for name, text in TEXTS.items() if BY_NAME.search(text)])
def test_a_page_that_installs_by_name_leads_to_what_to_do_before_the_first_release(page):
    section = "#before-the-first-release"
    if page == "docs/install.md":
        assert section[1:] in anchors(TEXTS[page])
        return
    assert any(link.endswith(f"install.md{section}") for link in links(TEXTS[page]))


def _lifecycle(vendor: str, kind: str) -> Lifecycle:
    era: Era = VENDORS[vendor].eras[-1]
    if kind in era.kinds:
        return era.kinds[kind].lifecycle
    return next(
        found.batch.item for found in era.kinds.values() if found.batch is not None and found.batch.item.kind == kind
    )


DIAGRAM = re.compile(r"<!-- lifecycle:(\w+):(\w+) -->\n```mermaid\n(.*?)```\n<!-- /lifecycle -->", re.DOTALL)
DIAGRAMS = [(page, *found) for page, text in TEXTS.items() for found in DIAGRAM.findall(text)]


@pytest.mark.parametrize(("_", "vendor", "kind", "diagram"), DIAGRAMS, ids=[":".join(found[:3]) for found in DIAGRAMS])
def test_a_diagram_is_the_lifecycle(_, vendor, kind, diagram):
    assert diagram == mermaid_diagram(_lifecycle(vendor, kind))


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_vendor_has_a_page_and_a_diagram(vendor):
    assert f"docs/vendors/{vendor}.md" in PAGES
    assert VENDORS[vendor].eras[-1].main_kind.name in {kind for _, name, kind, _ in DIAGRAMS if name == vendor}


@pytest.mark.parametrize("page", PAGES)
def test_every_marker_of_a_diagram_is_found(page):
    assert len(re.findall("^<!-- lifecycle:", TEXTS[page], re.MULTILINE)) == len(
        [found for found in DIAGRAMS if found[0] == page]
    )


def test_the_admin_page_has_every_call_with_its_fields():
    rows = dict(re.findall(r"^\| `(\w+ [^`]+)`(.*?)\|", TEXTS["docs/admin.md"], re.MULTILINE))
    asked = {re.sub(r"\b(NAME|ID)\b", "*", call): fields for call, fields in rows.items()}
    assert set(asked) == {f"{route.method} {route.path}" for route in ROUTES}
    for route in ROUTES:
        fields = asked[f"{route.method} {route.path}"]
        assert set(re.findall(r"\w+", fields)) - {"or"} == {*route.fields, *route.query}, route.path


def test_every_decision_is_in_the_architecture():
    listed = set(re.findall(r"adr/([\w-]+\.md)", TEXTS["docs/architecture.md"]))
    assert {path.name for path in (ROOT / "docs" / "adr").glob("*.md")} == listed


def test_every_page_can_be_reached_from_the_readme():
    reached, waiting = set(), ["README.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        for link in links(TEXTS[page]):
            target = (PAGES[page].parent / urlsplit(link).path).resolve() if not urlsplit(link).scheme else ROOT
            name = str(target.relative_to(ROOT)) if target.is_relative_to(ROOT) else ""
            if name in PAGES and name not in reached:
                waiting.append(name)
    assert set(PAGES) - reached == set()


def test_the_readme_has_every_vendor_with_its_eras():
    rows = re.findall(
        r"^\| \[\w+\]\(docs/vendors/(\w+)\.md\) \|[^|]*\| ([\d, -]+) \|$", TEXTS["README.md"], re.MULTILINE
    )
    assert {name: dates.split(", ") for name, dates in rows} == {
        name: [era.date for era in vendor.eras] for name, vendor in VENDORS.items()
    }
