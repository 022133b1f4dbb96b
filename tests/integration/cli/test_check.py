"""`mockserver check`: its exit codes, reports and baselines."""

import io
import json
import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mockserver.cli import baseline_options as accepting
from mockserver.core.wire import Exchange
from tests.support.call_recorder import write_har
from tests.support.recorded_traffic import batch_exchanges, reopen_batch, write_recording

PIN = ("--vendor", "twelvelabs@2026-07-30")
ACCEPT = ("--baseline", "known.yaml", "--update-baseline", "ticket 1", "--expires", "2999-12-31")


@pytest.fixture
def good(tmp_path) -> Path:
    write_recording(tmp_path / "good.jsonl", batch_exchanges())
    return Path("good.jsonl")


@pytest.fixture
def bad(tmp_path) -> Path:
    write_recording(tmp_path / "bad.jsonl", batch_exchanges(reopen_batch))
    return Path("bad.jsonl")


# Exit codes


def test_a_recording_of_a_correct_server_is_0(good, mockserver):
    result = mockserver("check", good)
    assert result.code == 0
    assert result.err == ""
    assert result.out.startswith("good.jsonl: journal, 7 calls\n  twelvelabs@")
    assert result.out.endswith("\nexit 0: no findings at level error\n")


def prefixed(exchange: Exchange) -> Exchange:
    return exchange._replace(request=exchange.request._replace(path=f"/corp{exchange.request.path}"))


def test_a_gateways_prefix_is_cut_off(good, bad, tmp_path, mockserver):
    write_recording(tmp_path / "gateway.jsonl", [prefixed(each) for each in batch_exchanges(reopen_batch)])
    result = mockserver("check", "gateway.jsonl", "--path-prefix", "/corp/")
    assert result.code == 1
    again = "    rerun     mockserver check gateway.jsonl --path-prefix /corp\n"
    assert again in result.out
    plain = mockserver("check", bad).out.replace("bad.jsonl", "gateway.jsonl")
    assert result.out.replace(" --path-prefix /corp", "").splitlines()[1:] == plain.splitlines()[1:]
    left = mockserver("check", "gateway.jsonl", "--vendor", "twelvelabs")
    assert left.code == 3
    assert "/corp precedes its paths: --path-prefix /corp cuts it off" in left.out


@pytest.mark.parametrize("prefix", ["corp", "https://gw.example/corp", "/corp?a=b"])
def test_what_is_no_prefix_is_refused(prefix, good, mockserver):
    result = mockserver("check", good, "--path-prefix", prefix)
    assert result.code == 2
    assert f"{prefix!r} is no prefix of a path: of https://gateway/a/v1/videos it is /a." in result.err


def test_a_pipe_can_be_checked(bad, tmp_path, mockserver):
    reading_end, writing_end = os.pipe()
    os.write(writing_end, bad.read_bytes())
    os.close(writing_end)
    result = mockserver("check", f"/dev/fd/{reading_end}", "--html", "page.html")
    os.close(reading_end)
    assert result.code == 1
    assert result.err == ""
    assert "<h2 id=jobs>" in (tmp_path / "page.html").read_text()


def test_a_dash_reads_standard_input(bad, mockserver, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(bad.read_bytes())))
    result = mockserver("check", "-", "--fail-on", "info")
    assert result.code == 1
    assert result.err == ""
    assert result.out.startswith("<stdin>: journal, 7 calls\n")
    assert "    rerun     mockserver check -\n" in result.out
    assert "    place     <stdin>:6:1\n" in result.out


def test_the_rerun_line_protects_a_file_named_like_an_option(bad, mockserver):
    bad.rename("-x.jsonl")
    assert "    rerun     mockserver check ./-x.jsonl\n" in mockserver("check", "./-x.jsonl").out


def test_a_finding_is_1(bad, mockserver):
    result = mockserver("check", bad, *PIN)
    assert result.code == 1
    assert "\n\nerror T12b: completed, canceled and expired are final\n    1. " in result.out
    assert "    rerun     mockserver check bad.jsonl --vendor twelvelabs@2026-07-30\n" in result.out
    assert result.out.endswith("\nexit 1: findings at level error or above\n")


@pytest.mark.parametrize("write", [write_har, write_recording])
def test_a_recording_whose_end_is_cut_is_2_whatever_its_format(tmp_path, mockserver, write):
    path = tmp_path / "calls"
    write(path, batch_exchanges(reopen_batch))
    path.write_bytes(path.read_bytes()[:-40])
    result = mockserver("check", path.name, *PIN)
    assert result.code == 2
    assert result.out.endswith(f"\nexit 2: a file could not be read to its end: {path.name}\n")
    assert json.loads(mockserver("check", path.name, *PIN, "--json").out)["exit_code"] == 2


def test_a_damaged_line_is_2_and_the_others_are_judged(bad, mockserver):
    lines = bad.read_bytes().splitlines(keepends=True)
    bad.write_bytes(b"".join((*lines[:3], b'{"v":1,', *lines[3:])))
    result = mockserver("check", bad, *PIN)
    assert result.code == 2
    assert "bad.jsonl:4:1: REC012 line that is no JSON\n" in result.out
    assert "\nerror T12b: " in result.out
    assert result.out.endswith("\nexit 2: a part of a file could not be read: bad.jsonl\n")


@pytest.mark.parametrize("lines", [b'{"v":1,', b""])
def test_a_recording_that_proves_nothing_drops_no_entry_of_a_baseline(bad, tmp_path, mockserver, lines):
    mockserver("check", bad, *PIN, *ACCEPT)
    known = (tmp_path / "known.yaml").read_bytes()
    bad.write_bytes(bad.read_bytes().splitlines(keepends=True)[0] + lines)
    result = mockserver("check", bad, *PIN, *ACCEPT)
    assert result.code in (2, 3)
    assert result.err == "known.yaml: 2 entries, 0 of them new, 0 dropped\n"
    assert (tmp_path / "known.yaml").read_bytes() == known


def test_each_recording_is_judged_once(good, bad, mockserver):
    result = mockserver("check", good, bad, good)
    assert result.code == 1
    assert "\n2 recordings, 14 calls, 14 judged: " in result.out


@pytest.mark.parametrize("level", ["warning", "info"])
def test_findings_below_error_are_absent_from_a_correct_recording(good, mockserver, level):
    assert mockserver("check", good, "--fail-on", level).code == 0


def test_client_conduct_fails_only_with_the_option(good, mockserver):
    assert "info C2 x" in mockserver("check", good).out
    result = mockserver("check", good, "--conduct", "fail")
    assert result.code == 1
    assert result.out.endswith("exit 1: client conduct (--conduct fail)\n")


def test_calls_of_a_vendor_that_was_not_asked_for_are_said_to_be_its_own(tmp_path, mockserver):
    elsewhere = [
        each._replace(request=each.request._replace(headers={"host": host}))
        for each, host in zip(batch_exchanges(), ("public.reap.video", "cdn.example.com"), strict=False)
    ]
    write_recording(tmp_path / "mixed.jsonl", [*elsewhere, *batch_exchanges()])
    result = mockserver("check", "mixed.jsonl", *PIN, "--html", "page.html")
    assert "\n  of no known vendor: cdn.example.com (1)\n" in result.out
    assert "\n  of other vendors (judged, too, without --vendor): public.reap.video (1)\n" in result.out
    assert "of other vendors (judged, too, without --vendor)</dt><dd>public.reap.video (1)" in (
        (tmp_path / "page.html").read_text(encoding="utf-8")
    )


def test_undeclared_fields_are_findings_only_with_strict(tmp_path, mockserver):
    write_recording(tmp_path / "more.jsonl", batch_exchanges(lambda number, body: body.update(surprise=1)))
    assert mockserver("check", "more.jsonl", *PIN, "--fail-on", "warning").code == 0
    assert mockserver("check", "more.jsonl", *PIN, "--fail-on", "warning", "--strict").code == 1


def test_what_another_client_may_have_done_is_an_error_only_in_a_closed_world(tmp_path, mockserver):
    seen = [each for each in batch_exchanges() if not each.request.path.endswith("/cancel")]
    write_recording(tmp_path / "shared.jsonl", seen)
    by_default = mockserver("check", "shared.jsonl", *PIN)
    assert by_default.code == 0
    assert "unless another client used the job; --closed-world excludes that" in by_default.out
    declared = mockserver("check", "shared.jsonl", *PIN, "--closed-world")
    assert declared.code == 1
    assert "error T12c: a batch is canceled only by a cancel call (in a closed world" in declared.out
    assert "--closed-world" in declared.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "Error: "),
        (["good.jsonl", "--fail-on", "eror"], "'eror'"),
        (["good.jsonl", "--vendor", "phaseoo"], "did you mean 'phaseo'"),
        (["good.jsonl", "--vendor", "phaseo@1999-01-01"], "CON006"),
        (["good.jsonl", "--update-baseline", "why"], "go together"),
        (["good.jsonl", "--expires", "2999-12-31"], "go together"),
        (["good.jsonl", "--update-baseline", "why", "--expires", "2999-12-31"], "needs --baseline FILE"),
        (["good.jsonl", *ACCEPT[:3], " ", *ACCEPT[4:]], "needs a reason"),
        (["good.jsonl", *ACCEPT[:5], "soon"], "BAS004 --expires: 'soon' is not a date"),
        (["good.jsonl", *ACCEPT[:5], "2020-01-01"], "BAS004 --expires: 2020-01-01 has passed"),
        (["good.jsonl", "--baseline", "nothing.yaml"], "BAS001"),
        (["good.jsonl", "--junit", "good.jsonl/a.xml"], "CLI005"),
    ],
)
def test_an_unusable_argument_is_2(good, mockserver, words, message):
    result = mockserver("check", *words)
    assert result.code == 2
    assert message in result.err


def test_an_unwritable_report_is_2_and_the_others_are_written(bad, mockserver):
    result = mockserver("check", bad, "--html", "bad.jsonl/a.html")
    assert result.code == 2
    assert "CLI005 bad.jsonl/a.html cannot be written" in result.err
    assert result.out.endswith("exit 2: a file could not be written\n")


def test_an_unreadable_file_is_2_and_the_others_are_judged(good, bad, mockserver):
    result = mockserver("check", "nothing.har", bad)
    assert result.code == 2
    assert result.out.startswith("nothing.har: unreadable, 0 calls\n  nothing.har: REC001 ")
    assert "error T12b" in result.out
    assert result.out.endswith("exit 2: a file could not be read: nothing.har\n")


def test_a_recording_without_a_known_operation_is_3(tmp_path, mockserver):
    write_recording(tmp_path / "strange.jsonl", [_with_foreign_path(each) for each in batch_exchanges()])
    result = mockserver("check", "strange.jsonl")
    assert result.code == 3
    assert "strange.jsonl: no call is of a known vendor; --vendor NAME says whose they are" in result.out


def _with_foreign_path(exchange: Exchange) -> Exchange:
    return exchange._replace(request=exchange.request._replace(path="/other", headers={"host": "other.example"}))


def test_a_recording_without_an_ended_job_is_3(tmp_path, mockserver):
    write_recording(tmp_path / "open.jsonl", batch_exchanges()[:2])
    result = mockserver("check", "open.jsonl")
    assert result.code == 3
    assert "no job reached a terminal state" in result.out


# Reports


def test_with_json_only_the_report_is_printed(bad, mockserver):
    result = mockserver("check", bad, *PIN, "--json")
    report = json.loads(result.out)
    assert result.code == 1
    assert report["version"] == 1
    assert report["exit_code"] == 1
    assert report["groups"][0]["rule"] == "T12b"


def test_every_report_file_is_written_and_reproducible(bad, mockserver):
    words = ("--junit", "r/a.xml", "--sarif", "r/a.sarif", "--html", "r/a.html")
    assert mockserver("check", bad, *PIN, *words).code == 1
    assert ElementTree.parse("r/a.xml").getroot().tag == "testsuites"
    assert json.loads(Path("r/a.sarif").read_text())["version"] == "2.1.0"
    assert Path("r/a.html").read_text().startswith("<!doctype html>")
    before = {path: path.read_bytes() for path in Path("r").iterdir()}
    mockserver("check", bad, *PIN, *words)
    assert {path: path.read_bytes() for path in Path("r").iterdir()} == before


def test_github_annotations_and_summary_are_written(bad, mockserver, monkeypatch, tmp_path):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    result = mockserver("check", bad, *PIN, "--github")
    assert result.out.startswith("::error file=bad.jsonl,line=6,col=1,title=T12b retrieveBatch::error T12b")
    assert (tmp_path / "summary.md").read_text().startswith("## ❌ mockserver check\n")
    mockserver("check", bad, *PIN, "--github")
    assert (tmp_path / "summary.md").read_text().count("## ❌ mockserver check\n") == 2


def test_with_json_annotations_go_to_stderr(bad, mockserver, monkeypatch):
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    result = mockserver("check", bad, *PIN, "--github", "--json")
    json.loads(result.out)
    assert result.err.startswith("::error ")


def test_an_unwritable_summary_is_2(bad, mockserver, monkeypatch, tmp_path):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    result = mockserver("check", bad, *PIN, "--github")
    assert result.code == 2
    assert "CLI005" in result.err


# Baselines


def test_accepted_findings_do_not_count_until_they_expire(bad, mockserver, monkeypatch):
    result = mockserver("check", bad, *PIN, *ACCEPT)
    assert result.code == 0
    assert result.err == "known.yaml: 2 entries, 2 of them new, 0 dropped\n"
    assert "known.yaml: 1 finding accepted\n  x1 T12b, vendor twelvelabs, resource batch *, " in result.out
    assert mockserver("check", bad, *PIN, "--baseline", "known.yaml").code == 0
    monkeypatch.setattr(accepting, "today", lambda: "3000-01-01")
    result = mockserver("check", bad, *PIN, "--baseline", "known.yaml")
    assert result.code == 1
    assert "expired, so it counts again: T12b" in result.out


def test_baseline_entries_without_a_finding_are_reported_and_dropped(good, bad, mockserver):
    mockserver("check", bad, *PIN, *ACCEPT)
    result = mockserver("check", good, "--baseline", "known.yaml")
    assert result.code == 0
    assert result.out.count("matches no finding: ") == 2
    result = mockserver("check", good, *ACCEPT)
    assert result.err == "known.yaml: 0 entries, 0 of them new, 2 dropped\n"
    assert Path("known.yaml").read_text().endswith("baseline: 1\naccepted: []\n")


def test_a_baseline_update_keeps_known_entries(bad, mockserver):
    mockserver("check", bad, *PIN, *ACCEPT)
    before = Path("known.yaml").read_text()
    result = mockserver("check", bad, *PIN, *(ACCEPT[:3]), "another reason", *ACCEPT[4:])
    assert result.err == "known.yaml: 2 entries, 0 of them new, 0 dropped\n"
    assert Path("known.yaml").read_text() == before


def test_a_malformed_baseline_is_2(bad, mockserver):
    Path("known.yaml").write_text("baseline: 1\naccepted:\n- rule: T12b\n  reason: why\n  expires: never\n")
    result = mockserver("check", bad, "--baseline", "known.yaml")
    assert result.code == 2
    assert result.err.startswith(
        "known.yaml:5:12: BAS004 'never' is not a date\n      expires: never\n               ^\n"
    )


def test_a_file_that_cannot_be_opened_is_one_line_and_in_json_a_report(mockserver):
    name = "nothere.har"
    result = mockserver("check", name)
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith(f"{name}: REC001 ")
    assert result.err.count("\n") == 1
    assert json.loads(mockserver("check", name, "--json").out)["exit_code"] == 2
