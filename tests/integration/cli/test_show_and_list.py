"""`list`, `show` and `lint`."""

import json

import pytest

from mockserver.cli.catalogue import all_names
from mockserver.cli.commands.show import source_lines
from mockserver.core.lifecycle import mermaid_diagram
from mockserver.vendors.api import VendorRule
from tests.support.fake_world import ERAS, VENDORS

GOOD = "vendor: reap\ntitle: Ours\n"
BAD = "vendor: reap\ntimeline: [queued: 30, procesing]\n"


# list


def test_list_has_scenarios_and_vendors(mockserver):
    result = mockserver("list")
    assert result.code == 0
    assert "cancel-after-completed " in result.out
    assert "phaseo: 2026-04-01, 2026-05-06," in result.out


def test_list_prefers_files_of_the_project_and_marks_unusable_ones(mockserver, scenario):
    scenario("ours", GOOD)
    scenario("cancel-then-poll", GOOD)
    scenario("broken", "vendor: raep\n")
    rows = {row["name"]: row for row in json.loads(mockserver("list", "--json").out)["scenarios"]}
    assert rows["ours"] == {"name": "ours", "vendor": "reap", "title": "Ours", "catches": ""}
    assert rows["cancel-then-poll"]["vendor"] == "reap"
    assert rows["broken"]["title"].startswith("unusable: ")


def test_list_shows_what_a_scenario_catches(mockserver, scenario):
    scenario("ours", f"{GOOD}catches: a client that never looks\n")
    result = mockserver("list").out
    assert "  Ours\n    catches a client that never looks\n" in result


def test_list_can_be_limited_to_one_vendor(mockserver):
    report = json.loads(mockserver("list", "--vendor", "twelvelabs", "--json").out)
    assert report["version"] == 1
    assert list(report["vendors"]) == ["twelvelabs"]
    assert {row["vendor"].partition("@")[0] for row in report["scenarios"]} == {"twelvelabs"}


def test_list_can_be_limited_to_one_era(mockserver):
    report = json.loads(mockserver("list", "--vendor", "phaseo@2026-05-20", "--json").out)
    assert {row["vendor"] for row in report["scenarios"]} == {"phaseo@2026-05-07"}


def test_list_of_an_era_omits_unusable_files(mockserver, scenario):
    scenario("broken", "vendor: raep\n")
    scenario("newest", "vendor: phaseo\n")
    scenario("older", "vendor: phaseo@2026-04-01\n")
    report = json.loads(mockserver("list", "--vendor", "phaseo@2026-10-02", "--json").out)
    names = {row["name"] for row in report["scenarios"]}
    assert "newest" in names
    assert names.isdisjoint({"broken", "older"})


def test_list_of_a_misspelt_vendor_is_2_with_the_nearest(mockserver):
    result = mockserver("list", "--vendor", "phaso")
    assert result.code == 2
    assert result.out == ""
    assert "did you mean 'phaseo'?" in result.err


# show


def test_show_escapes_bytes_that_are_not_utf_8(mockserver, tmp_path):
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "odd.yaml").write_bytes(b"title: caf\xe9\n")
    result = mockserver("show", "odd")
    assert result.code == 0
    assert result.out == "title: caf\\xe9\n"


def test_show_of_an_unreadable_file_is_2(mockserver, tmp_path):
    (tmp_path / "scenarios" / "folder.yaml").mkdir(parents=True)
    result = mockserver("show", "folder")
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith("CLI011 ")
    assert "cannot be read: Is a directory" in result.err


@pytest.mark.parametrize("code", all_names())
def test_show_explains_every_code_and_rule(code, mockserver):
    result = mockserver("show", code)
    assert result.code == 0
    assert result.out.startswith(f"{code} (")


@pytest.mark.parametrize("pin", ERAS)
def test_show_of_an_era_has_operations_and_lifecycles(pin, mockserver):
    out = mockserver("show", pin).out
    era = ERAS[pin]
    assert f"{pin}: {era.summary}" in out
    assert all(f"{operation.method:<6} {operation.path}" in out for operation in era.operations)
    assert all(mermaid_diagram(kind.lifecycle) in out + "\n" for kind in era.kinds.values())


@pytest.mark.parametrize("name", VENDORS)
def test_show_of_a_vendor_is_its_newest_era(name, mockserver):
    assert mockserver("show", name) == mockserver("show", VENDORS[name].eras[-1].pin)


def test_show_of_a_scenario_is_its_file(mockserver, scenario):
    path = scenario("ours", GOOD)
    assert mockserver("show", "ours").out == path.read_text()


@pytest.mark.parametrize(
    ("name", "near", "kind"),
    [
        ("VEN0002", "VEN002", "error code or rule"),
        ("phaeso", "phaseo", "scenario, vendor, error code or rule"),
        ("cancel-then-pol", "cancel-then-poll", "scenario, vendor, error code or rule"),
    ],
)
def test_show_of_an_unknown_name_is_2_with_the_nearest(name, near, kind, mockserver):
    result = mockserver("show", name)
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith(f"CLI003 there is no {kind} {name!r} (did you mean {near!r}?)")


@pytest.mark.parametrize("pin", ERAS)
def test_show_lists_the_sources_of_an_era(pin, mockserver):
    result = mockserver("show", pin, "--sources")
    assert result.code == 0
    lines = result.out.splitlines()
    assert lines[0] == f"{pin}: {ERAS[pin].summary}"
    for rule in ERAS[pin].all_rules():
        at = lines.index(f"  {rule.subject}: {rule.text}")
        source = rule.source
        assert f"      {source.page}, {source.date}, {source.confidence}: {source.sentence}" in lines[at:]


def test_show_has_both_halves_of_a_conditional_cancel_rule(mockserver):
    out = mockserver("show", "reap", "--sources").out
    accepted = out.index("  project, processing: accepted, more than 8h after the state began, then cancelled\n")
    refused = out.index("  project, processing, otherwise: refused (too late)\n")
    assert accepted < refused
    assert "page cancel-project, 2026-07-07, inferred: " in out[refused:]


def test_a_rule_without_a_source_says_so():
    era = ERAS["reap@2026-07-07"]._replace(kinds={}, rules=(VendorRule("limits", "none", "no limit", None),))
    assert list(source_lines(era))[1:] == ["", "limits", "  none: no limit", "      no source"]


def test_show_of_an_era_before_the_first_is_refused(mockserver):
    assert mockserver("show", "reap@2020-01-01").err.startswith("VEN002 ")


# lint


def test_lint_counts_the_files_of_the_project_apart(mockserver, scenario):
    scenario("first", "vendor: raep\n")
    last = mockserver("lint").out.splitlines()[-1]
    assert last.startswith("1 file of this project and ")
    assert last.endswith(" bundled files, 1 problem")


def test_lint_prints_all_problems_of_all_files(mockserver, scenario):
    first, second = scenario("first", BAD), scenario("second", "vendor: raep\n")
    result = mockserver("lint", "first", second)
    assert result.code == 2
    assert [line.split()[1] for line in result.out.splitlines() if ".yaml:" in line] == ["SCN026", "SCN043", "SCN040"]
    assert result.out.endswith("\n2 files, 3 problems\n")
    assert str(first.name) in result.out


def test_lint_reports_a_file_with_another_name_than_its_scenario(mockserver, tmp_path):
    text = "scenario: dup\nvendor: reap\n"
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "other.yaml").write_text(text)
    for arguments in ((), ("other",), ("scenarios/other.yaml",)):
        done = mockserver("lint", *arguments)
        assert done.code == 2
        assert "other.yaml:1:11: LIB002 the scenario is named 'dup', and its file 'other'\n" in done.out
    (tmp_path / "elsewhere.yaml").write_text(text)
    assert mockserver("lint", "elsewhere.yaml").code == 0


def test_lint_prints_json(mockserver, scenario):
    path = scenario("first", BAD)
    report = json.loads(mockserver("lint", path, "--json").out)
    assert report["version"] == 1
    assert report["files"] == 1
    assert set(report["problems"][0]) == {"code", "message", "hint", "file", "line", "column", "pointer"}


def test_lint_reads_the_scenarios_of_a_folder(mockserver, scenario, tmp_path):
    scenario("first", GOOD)
    scenario("second", GOOD)
    (tmp_path / "scenarios" / "notes.txt").write_text("no scenario")
    assert mockserver("lint", "scenarios").out == "2 files, 0 problems\n"


def test_lint_reads_each_file_once(mockserver, scenario):
    path = scenario("first", GOOD)
    assert mockserver("lint", path, path).out == "1 file, 0 problems\n"


def test_lint_without_files_is_3(mockserver, tmp_path):
    (tmp_path / "none").mkdir()
    result = mockserver("lint", "none")
    assert result.code == 3
    assert result.out == "0 files, 0 problems\n"
    assert result.err.startswith("note: the folder none has no scenario")


def test_lint_reports_every_missing_file(mockserver):
    result = mockserver("lint", "cancel-then-pol", "nowhere.yaml")
    assert result.code == 2
    assert result.err.count("LIB001") == 1
    assert result.err.count("CLI014") == 1
    assert "did you mean 'cancel-then-poll'?" in result.err


# list --search


def found(mockserver, *words: str) -> list[str]:
    report = json.loads(mockserver("list", "--json", "--search", *words).out)
    return [row["name"] for row in report["scenarios"]]


def test_a_search_ranks_names_before_titles_before_what_is_caught(mockserver, scenario):
    scenario("zebra", GOOD)
    scenario("zebra-crossing", GOOD)
    scenario("my-zebra", GOOD)
    scenario("about", "vendor: reap\ntitle: A Zebra\n")
    scenario("any", "vendor: reap\ntitle: Ours\ncatches: zebras\n")
    assert found(mockserver, "zebra") == ["zebra", "zebra-crossing", "my-zebra", "about", "any"]


def test_a_search_needs_all_words_in_any_order(mockserver, scenario):
    scenario("ours", "vendor: reap\ntitle: A Zebra in a zoo\n")
    scenario("theirs", "vendor: reap\ntitle: A Zebra\n")
    assert found(mockserver, "ZOO zebra") == ["ours"]
    out = mockserver("list", "--search", "zoo zebra").out
    assert out == "ours  reap  A Zebra in a zoo\n"


def test_a_search_is_limited_to_a_vendor(mockserver, scenario):
    scenario("one", "vendor: reap\ntitle: A Zebra\n")
    scenario("two", "vendor: phaseo\ntitle: A Zebra\n")
    assert found(mockserver, "zebra", "--vendor", "phaseo") == ["two"]


@pytest.mark.parametrize(("words", "near"), [("refnud", " (did you mean 'refund'?)"), ("qq", "")])
def test_a_search_without_a_result_is_3(words, near, mockserver):
    result = mockserver("list", "--search", words)
    assert result.code == 3
    assert result.out == ""
    assert result.err == f"no scenario matches {words!r}{near}; `mockserver list` lists all\n"
    assert json.loads(mockserver("list", "--search", words, "--json").out)["scenarios"] == []
