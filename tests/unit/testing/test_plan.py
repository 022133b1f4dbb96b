"""The plan of a session: what markers ask for, joined and checked."""

from pathlib import Path

import pytest

from mockserver.errors import MockError
from mockserver.testing.plan import default_plan, plan_session, scenario_fields, shown_path

DEFAULTS = default_plan(clock="manual", conduct="report")


def mark(*args, **kwargs):
    return pytest.Mark("videojob", args, kwargs, _ispytest=True)


def test_a_test_without_markers_has_the_defaults():
    assert plan_session([], DEFAULTS, ()) == DEFAULTS
    assert DEFAULTS.session_fields("t1") == {"name": "t1", "clock": "manual"}


def test_the_closest_marker_wins_for_each_argument():
    plan = plan_session([mark("near", seed=7), mark("far", seed=8, clock="real", conduct="error")], DEFAULTS, ())
    assert plan.session_fields("t1") == {"name": "t1", "scenario": "near", "clock": "real", "seed": "7"}
    assert plan.conduct == "error"


def test_a_file_replaces_a_name_and_a_name_a_file(tmp_path):
    (tmp_path / "slow.yaml").write_text("scenario: slow\n")
    plan = plan_session([mark("slow.yaml"), mark("far")], DEFAULTS, (tmp_path / "other", tmp_path))
    assert (plan.scenario, plan.text) == ("", "scenario: slow\n")
    assert plan.file == str(tmp_path / "slow.yaml")
    assert scenario_fields("named", ()) == {"scenario": "named", "text": "", "file": ""}


def test_a_scenario_in_the_marker_needs_no_name():
    fields = scenario_fields({"vendor": "reap"}, ())
    assert fields["text"].startswith('{\n  "scenario": "inline",')
    assert '"scenario": "mine"' in scenario_fields({"scenario": "mine"}, ())["text"]


def test_a_path_is_shown_from_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert shown_path(tmp_path / "a" / "b.yaml") == str(Path("a") / "b.yaml")
    assert shown_path(tmp_path.parent / "b.yaml") == str(tmp_path.parent / "b.yaml")


def test_a_setting_that_is_wrong_is_refused():
    with pytest.raises(MockError, match="TST005 no videojob_conduct 'erorr'"):
        default_plan(clock="manual", conduct="erorr")
