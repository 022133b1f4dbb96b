"""Foreign text stays text, in every format."""

import html
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.runner.reports import escape
from mockserver.runner.reports.checks.github import annotations, step_summary
from mockserver.runner.reports.checks.html_report import html_report
from mockserver.runner.reports.checks.json_report import render_json
from mockserver.runner.reports.checks.junit import junit_report
from mockserver.runner.reports.checks.sarif import sarif_log
from mockserver.runner.reports.checks.text import text_report
from tests.support.recorded_traffic import make_finding, make_judgement, make_results

HOSTILE = (
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "\n::error::owned",
    "\r\n::set-env name=PATH::/tmp",
    "##[add-mask]x",
    "a%0A::error::b,c:d",
    "\x1b[2J\x1b]0;owned\x07",
    "\u202egnp.exe",
    "]]><!-- &lt; &#x0; -->",
    "| a | b |\n|---|---|",
    "[click](http://example.com) `code` **bold** @here",
    "\x00\ud800\ufffe",
    "://www.example.com",
)
often = settings(deadline=None, derandomize=True)
seldom = settings(deadline=None, derandomize=True, max_examples=50)
texts = st.text(st.characters(exclude_categories=()), max_size=40) | st.sampled_from(HOSTILE)


@often
@given(texts)
def test_plain_text_is_one_printable_line_without_commands(value):
    shown = escape.plain_line(value)
    assert shown.isprintable()
    assert "##[" not in shown


def test_plain_text_stays_as_it_is():
    assert escape.plain_line("a 'b' <c> é 漢") == "a 'b' <c> é 漢"
    assert escape.plain_line("a\x1b\n\u202e") == r"a\x1b\n\u202e"
    assert escape.plain_lines("a\nb\r") == "a\nb\\r"


@often
@given(texts)
def test_xml_can_be_read_back(value):
    element = ElementTree.Element("a", b=escape.xml_text(value))
    element.text = escape.xml_text(value)
    read = ElementTree.fromstring(escape.xml_document(element))
    assert read.attrib["b"] == escape.xml_text(value)
    assert (read.text or "").replace("\r\n", "\n").replace("\r", "\n") == escape.xml_text(value).replace(
        "\r\n", "\n"
    ).replace("\r", "\n")


@often
@given(texts)
def test_a_page_s_text_has_no_mark_of_html(value):
    shown = escape.html_text(value)
    assert not set("<>\"'") & set(shown)
    assert html.unescape(shown) == escape.plain_line(value)


@often
@given(texts)
def test_markdown_has_nothing_that_means_anything(value):
    shown = escape.markdown_text(value)
    assert re.fullmatch(r"(?:[\w ,/\"']|&#\d+;)*", shown)
    assert "_" not in shown
    assert html.unescape(shown) == escape.plain_line(value)


@often
@given(texts)
def test_a_workflow_command_is_one_line(value):
    assert not set("\r\n") & set(escape.workflow_message(value))
    assert not set("\r\n:,") & set(escape.workflow_parameter(value))


def test_github_s_own_escapes():
    assert escape.workflow_message("100%\nof") == "100%25%0Aof"
    assert escape.workflow_parameter("a:b,c") == "a%3Ab%2Cc"


def test_a_path_is_shown_as_it_is_typed(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert escape.display_path(str(tmp_path / "a" / "b.har")) == str(Path("a/b.har"))
    assert escape.display_path("/etc/x") == "/etc/x"
    assert escape.display_path("") == ""


# Whole reports

FIELDS = ("message", "where", "source", "call", "operation", "allowed", "hint", "value", "possible", "observed")


@pytest.fixture(scope="module")
def harmless():
    return _shape(html_report(_results("x")).decode())


def _results(value):
    output = dict.fromkeys(FIELDS, value)
    one = make_finding(**output, story=(f"1. {value}  {value} -> {value}",), resource=f"batch {value}")
    return make_results(make_judgement(one, conduct=(one,), chosen=value), file="calls.jsonl", strangers={value: 1})


def _shape(report):
    return re.findall(r"<[^>]*>", report)


@seldom
@given(texts)
def test_a_page_has_no_other_elements_whatever_it_shows(harmless, value):
    found = _shape(html_report(_results(value)).decode())
    assert len(found) <= len(harmless) + 4 * value.count(" (")
    assert set(found) <= set(harmless)


@seldom
@given(texts)
def test_no_line_of_a_report_is_a_command_unless_we_give_it(value):
    results = _results(value)
    for line in [
        *text_report(results).splitlines(),
        *step_summary(results).splitlines(),
        *render_json(results).splitlines(),
    ]:
        assert not line.lstrip().startswith("::")
        assert "##[" not in line
    for line in annotations(results):
        assert re.match(r"::(error|warning|notice) file=calls\.jsonl,line=\d+,col=\d+,title=[^:,\n]*::[^\r\n]*\Z", line)


@seldom
@given(texts)
def test_every_format_can_write_it(value):
    results = _results(value)
    ElementTree.fromstring(junit_report(results))
    assert sarif_log(results).isascii()
    assert render_json(results).isascii()
    text_report(results).encode()
    step_summary(results).encode()
