"""What the site adds to the pages: navigation, outside pages, anchors, diagrams, `llms.txt`, and its checks."""

from itertools import pairwise
from xml.etree import ElementTree

import pytest
from docutils import nodes
from sphinx.errors import ExtensionError

from docs._ext import (
    anchors,
    check_site,
    diagrams,
    file_names,
    llms,
    markdown,
    navigation,
    no_network,
    outside_pages,
    status_search,
)
from docs._ext.layered_layout import Edge, lay_out
from mockserver.documentation import SITE
from tests.support.doc_pages import PAGES
from tests.support.paths import ROOT

INDEX = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")

# Navigation


def test_every_page_is_in_the_navigation_once():
    listed = [page for section in markdown.sections(INDEX) for page in section.pages]
    decisions = [page for page in PAGES if page.startswith("docs/adr/")]
    pages = {page.removeprefix("docs/") for page in PAGES if page.startswith("docs/")}
    assert sorted(listed) == sorted(pages - {"README.md"} - {page.removeprefix("docs/") for page in decisions})


def test_a_section_of_the_index_is_a_group_of_the_navigation():
    guides, more = "- [a](a.md#top), [b](b.md), [a](a.md)\n", "- [b](b.md) [c](c.md)\n"
    index = f"# Docs\n\n[x](first.md)\n\n## Guides\n\n{guides}\n## More\n\n{more}"
    assert [section.pages for section in markdown.sections(index)] == [("a.md", "b.md"), ("c.md",)]
    made = navigation.toctrees("README", index)
    assert made.split()[:7] == ["```{toctree}", ":hidden:", ":caption:", "Guides", "a.md", "b.md", "```"]


def test_links_in_code_are_no_pages():
    assert list(markdown.linked_pages("[a](a.md)\n\n```text\n[b](b.md)\n```\n")) == ["a.md"]


QUESTIONS = {
    "make a cancel answer 409": ("how-to/make-a-cancel-answer-409.md", "refuse: {status: 409}"),
    "test my webhook receiver": ("how-to/test-a-webhook-receiver.md", "videojob.receive("),
    "run it in CI": ("how-to/run-in-ci.md", "mockserver test scenarios --junit"),
    "why this answer came out": ("how-to/why-this-answer.md", "mockserver explain last"),
    "pin the API of a date": ("how-to/pin-an-era.md", "mockserver serve --vendor phaseo@2026-06-11"),
    "what an error code or a rule means": ("how-to/look-up-a-code.md", "(../errors.md)"),
}
"""Questions of a reader, as the index asks them; the page that answers, and what the answer has in it."""


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_index_leads_a_reader_to_the_answer_in_one_click(question):
    page, answer = QUESTIONS[question]
    row = next(line for line in INDEX.splitlines() if question in line)
    assert f"({page})" in row
    assert answer in (ROOT / "docs" / page).read_text(encoding="utf-8")


# Pages from outside


def test_a_stub_has_the_text_of_its_file_with_links_that_lead_somewhere():
    text = outside_pages.site_text("contributing", "a stub")
    assert text.startswith("# Contributing\n\n## Set up")
    assert "[The architecture](architecture.md)" in text
    assert "[changelog](changelog.md)" in text


def test_a_link_to_a_file_that_the_site_lacks_is_plain_text():
    assert outside_pages.site_text("glossary", "[tests](../tests/run.py), [docs](errors.md#top)") == (
        "tests, [docs](errors.md#top)"
    )


# Anchors


def _table(*first_cells: str) -> nodes.document:
    document = nodes.document(None, None)
    section = nodes.section(ids=["reap"])
    body = nodes.tbody()
    for cell in first_cells:
        body += nodes.row("", nodes.entry("", nodes.paragraph("", cell)))
    document += section
    section += nodes.table("", nodes.tgroup("", body))
    return document


def test_a_row_that_begins_with_a_code_or_a_rule_has_it_as_anchor():
    document = _table("SCN012", "T12b", "a sentence about T12", "T12b")
    anchors.add_anchors(document)
    found = [row["ids"] for row in document.findall(nodes.row)]
    assert found == [["SCN012", "reap-SCN012"], ["T12b", "reap-T12b"], [], []]


# Diagrams


def test_states_with_the_same_transitions_share_a_box():
    lines = (
        "[*] --> queued",
        "queued --> failed: time",
        "queued --> expired: time",
        "failed --> [*]",
        "expired --> [*]",
    )
    diagram = diagrams.parse("\n".join(("stateDiagram-v2", *lines)))
    assert diagram.boxes["failed"] == diagrams.Node(("failed", "expired"), "end")
    assert diagram.edges == (Edge("queued", "failed", "time"),)


def test_a_flowchart_has_its_texts_and_dashes():
    diagram = diagrams.parse("flowchart TD\na[one: first] --> b & c\nb -.-> c --> d")
    assert diagram.boxes["a"].lines == ("one: first",)
    assert diagram.edges == (Edge("a", "b"), Edge("a", "c"), Edge("b", "c", "", True), Edge("c", "d"))


@pytest.mark.parametrize("text", ["sequenceDiagram\na->>b: hello", "stateDiagram-v2\nstate a", "flowchart TD\na ==> b"])
def test_mermaid_that_cannot_be_drawn_ends_the_build(text):
    with pytest.raises(ExtensionError, match="reads no Mermaid like"):
        diagrams.parse(text)


def test_boxes_of_a_layer_do_not_overlap_and_lie_below_their_sources():
    names = ("a", "b", "c", "d", "e")
    edges = [Edge("a", name, "time") for name in names[1:]] + [Edge("b", "e", "cancel")]
    layout = lay_out(dict.fromkeys(names, (100.0, 30.0)), edges)
    last_layer = sorted(centre.x for name, centre in layout.centres.items() if name in ("c", "d", "e"))
    assert all(right - left >= 100 for left, right in pairwise(last_layer))
    assert all(layout.centres[edge.source].y < layout.centres[edge.target].y for edge in edges)
    assert all(50 <= centre.x <= layout.width - 50 for centre in layout.centres.values())


def test_a_diagram_is_well_formed_and_says_in_words_what_it_shows():
    drawn = diagrams.svg(diagrams.parse("stateDiagram-v2\n[*] --> a\na --> b: time, cancel\nb --> [*]"))
    root = ElementTree.fromstring(drawn)
    assert root.tag == "div"
    assert len(root.findall(".//{http://www.w3.org/2000/svg}rect")) == 2
    assert "<title>a to b by time, cancel</title>" in drawn


# Names of files


def test_the_name_of_a_file_is_seen_above_its_block():
    page = "Save this:\n\n<!-- file: a<b.py -->\n```python\nx = 1\n```\n\n<!-- file: no-block.py -->\n"
    shown = file_names.show_file_names(page)
    assert '<div class="file-name">a&lt;b.py</div>\n\n```python' in shown
    assert "<!-- file: no-block.py -->" in shown


# Search


def test_a_status_is_a_word_of_the_search_and_another_number_is_not():
    words = status_search.SearchWithStatuses({})
    assert [word for word in ("409", "cancel", "the", "12", "2026", "999") if words.word_filter(word)] == [
        "409",
        "cancel",
    ]


# llms.txt


def test_llms_has_a_line_with_an_address_for_every_page_of_the_navigation():
    text = llms.llms_text()
    assert text.startswith("# videojob-mockserver")
    pages = [page for section in markdown.sections(INDEX) for page in section.pages]
    for page in pages:
        assert f"]({SITE}{page.removesuffix('.md')}.html)" in text
    assert text.count("\n- ") == len(pages)


def test_a_summary_is_a_whole_sentence_without_markup():
    page = "<!-- made -->\n# Title\n\n`mockserver` **does**: [this](a.md).\nAnd that.\n"
    assert markdown.first_sentence(page) == "mockserver does: this."
    assert markdown.first_sentence("# Title\n\n| a | b |\n") == ""


# The checks

PRINTED = (f"{SITE}errors.html#SCN012",)


@pytest.fixture
def site(tmp_path):
    (tmp_path / "index.html").write_text('<a href="errors.html#SCN012">a</a><a href="https://example.com/">b</a>')
    (tmp_path / "errors.html").write_text('<tr id="SCN012"></tr><link rel="canonical" href="https://x.example/">')
    (tmp_path / "llms.txt").write_text(f"- [Index]({SITE}index.html): all pages\n")
    (tmp_path / "style.css").write_text("a { background: url(data:image/png;base64,AA) }")
    return tmp_path


def test_a_good_site_has_no_problems(site):
    assert list(check_site.problems(site, PRINTED)) == []


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("index.html", '<a href="nope.html">a</a>', "index.html: no such file: nope.html"),
        ("index.html", '<a href="errors.html#SCN999">a</a>', "index.html: no such anchor: errors.html#SCN999"),
        ("index.html", '<script src="//cdn.example/a.js">', "index.html: loads from another host: //cdn.example/a.js"),
        (
            "style.css",
            "@import 'https://f.example/a.css';",
            "style.css: loads from another host: @import 'https://f.example/a.css",
        ),
        ("errors.html", "", f"an address outside of the site's pages: no such anchor: {SITE}errors.html#SCN012"),
        ("llms.txt", f"- [A]({SITE}a.html): a", f"an address outside of the site's pages: no such file: {SITE}a.html"),
    ],
)
def test_a_problem_of_the_site_is_found(site, name, text, problem):
    (site / name).write_text(text)
    assert problem in list(check_site.problems(site, PRINTED))


def test_the_network_is_refused_while_the_site_is_built():
    for event in ("socket.connect", "socket.getaddrinfo", "urllib.Request"):
        with pytest.raises(ExtensionError, match="must not use the network"):
            no_network.refuse_network(event, ("example.com",))
    no_network.refuse_network("open", ("a file", "r", 0))


def test_the_printed_addresses_are_those_of_codes_rules_and_pages():
    printed = set(check_site.printed_addresses())
    assert {f"{SITE}errors.html#SCN012", f"{SITE}rules.html#T12b", f"{SITE}scenario-language.html"} <= printed
