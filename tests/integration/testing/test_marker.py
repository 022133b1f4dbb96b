"""The marker `videojob`: scenario, clock, seed and eras of a test's session; its mistakes are errors of that test."""

import pytest

from tests.integration.testing.conftest import Run

NO_MARK = "import pytest\nfrom helpers import *\n"
SLOW = "scenario: slow\nvendor: phaseo@2026-06-11\ntimeline:\n  - queued: 1h\n  - failed\n"


def test_a_scenario_is_named(run: Run) -> None:
    result = run(
        """
        @pytest.mark.videojob("cancel-after-completed-400")
        def test_named(videojob):
            assert "playing cancel-after-completed-400" in (create(videojob) and videojob.explain())

        @pytest.mark.videojob(scenario="cancel-then-poll")
        def test_named_by_keyword(videojob):
            assert "playing cancel-then-poll" in (create(videojob) and videojob.explain())
        """,
        beginning=NO_MARK,
    )
    result.assert_outcomes(passed=2)


def test_an_unknown_name_is_an_error_of_that_test_with_the_nearest(run: Run) -> None:
    result = run(
        """
        @pytest.mark.videojob("cancel-than-poll")
        def test_typo(videojob): pass

        def test_other(videojob): pass
        """,
        beginning=NO_MARK,
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["ADM009 no scenario 'cancel-than-poll' (did you mean 'cancel-then-poll'?)"])
    assert "Traceback" not in result.stdout.str()
    assert "During handling" not in result.stdout.str()
    assert "hidden" not in result.stdout.str()


@pytest.mark.parametrize("place", ["slow.yaml", "sub/slow.yaml"])
def test_a_path_is_relative_to_the_test_or_to_the_root(run: Run, pytester: pytest.Pytester, place: str) -> None:
    file = pytester.path / place
    file.parent.mkdir(exist_ok=True)
    file.write_text(SLOW)
    below = pytester.mkdir("below")
    (below / "test_below.py").write_text(
        f"import pytest\nfrom helpers import *\n@pytest.mark.videojob({place!r})\n"
        "def test_path(videojob):\n    video = create(videojob)\n    videojob.advance('1h')\n"
        "    assert videojob.job(video).state == 'failed'\n"
    )
    result = run(
        f"""
        from pathlib import Path
        @pytest.mark.videojob(Path({place!r}))
        def test_path(videojob):
            video = create(videojob)
            videojob.advance("1h")
            assert videojob.job(video).state == "failed"
        """,
        "--ignore-glob=*.yaml",
        beginning=NO_MARK,
    )
    result.assert_outcomes(passed=2)


def test_a_missing_file_is_an_error_with_the_nearest(run: Run, pytester: pytest.Pytester) -> None:
    (pytester.path / "slow.yaml").write_text(SLOW)
    result = run("@pytest.mark.videojob('slwo.yaml')\ndef test_typo(videojob): pass\n", beginning=NO_MARK)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["TST002 no scenario file 'slwo.yaml' in * (did you mean 'slow.yaml'?)"])


def test_a_scenario_stands_in_the_marker(run: Run) -> None:
    result = run(
        """
        @pytest.mark.videojob({"vendor": "phaseo@2026-06-11", "timeline": [{"queued": "1h"}, "failed"]})
        def test_inline(videojob):
            video = create(videojob)
            videojob.advance("1h")
            assert poll(videojob, video)[1]["status"] == "failed"
        """,
        beginning=NO_MARK,
    )
    result.assert_outcomes(passed=1)


def test_the_mistakes_of_a_scenario_are_shown_with_their_lines(run: Run, pytester: pytest.Pytester) -> None:
    (pytester.path / "bad.yaml").write_text(SLOW.replace("queued: 1h", "queued: 1").replace("failed", "faild"))
    result = run("@pytest.mark.videojob('bad.yaml')\ndef test_bad(videojob): pass\n", beginning=NO_MARK)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "bad.yaml:4:13: SCN026 found the number 1 without a unit*",
            "*- queued: 1",
            "*^",
            "*",
            "bad.yaml:5:5: SCN043 a video has no state 'faild' (did you mean 'failed'?)",
        ]
    )


def test_eras_seed_and_clock(run: Run) -> None:
    result = run(
        """
        def session_of(videojob):
            listed = videojob.admin("GET", "sessions")["sessions"]
            return next(each for each in listed if each["name"] == videojob.name)

        @pytest.mark.videojob(vendors={"phaseo": "2026-06-20"}, seed=7, clock="real")
        def test_one(videojob):
            shown = session_of(videojob)
            assert (shown["vendors"]["phaseo"], shown["seed"], shown["rate"]) == ("2026-06-11", "7", 1.0)

        @pytest.mark.videojob(seed="7")
        class TestClosest:
            @pytest.mark.videojob("cancel-then-poll", seed="8")
            def test_two(self, videojob):
                shown = session_of(videojob)
                assert (shown["scenario"], shown["seed"], shown["rate"]) == ("cancel-then-poll", "8", 0.0)

            def test_three(self, videojob):
                assert videojob.plan.seed == "7"
        """,
        beginning=NO_MARK,
    )
    result.assert_outcomes(passed=3)


def test_the_clock_of_all_tests_is_a_setting(run: Run) -> None:
    result = run(
        """
        def test_polling(videojob):
            video = create(videojob)
            while poll(videojob, video)[1]["status"] != "completed":
                pass
        """,
        "-o",
        "videojob_clock=auto",
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("'a', 'b'", "TST001 videojob takes one scenario, and this marker has 2"),
        ("scenaro='a'", "TST001 no argument of videojob 'scenaro' (did you mean 'scenario'?)"),
        ("7", "TST001 a scenario is a name, a path or a mapping, not 7"),
        ("''", "TST001 a scenario is a name, a path or a mapping, not ''"),
        ("{'vendor': object}", "TST001 the scenario is not made of JSON values: *"),
        ("seed=1.5", "TST001 seed is a text or a whole number, not 1.5"),
        ("clock=7", "TST001 clock is a text, not 7"),
        ("clock='fast'", "SES004 *"),
        ("conduct='fail'", "TST001 no conduct 'fail'"),
        ("off_contract={'Zonk': 'x'}", "TST001 no contract has a rule 'Zonk'"),
        ("off_contract={'P99': 'x'}", "TST001 no contract has a rule 'P99' (did you mean '*'?)"),
        ("off_contract={'P15': ' '}", "TST001 off_contract gives no reason for P15"),
        ("vendors=['phaseo']", "TST001 vendors is a mapping of texts to texts, not [[]'phaseo'[]]"),
        ("vendors={'phasio': '2026-06-11'}", "VEN001 no vendor 'phasio' (did you mean 'phaseo'?)"),
        ("vendors={'phaseo': '2020-06-11'}", "VEN002 phaseo has no era as early as '2020-06-11'"),
        ("'cancel-then-poll', vendors={'phaseo': '2026-04-01'}", "ADM003 scenario 'cancel-then-poll' pins phaseo@*"),
    ],
)
def test_a_wrong_argument_is_an_error_of_that_test(run: Run, arguments: str, message: str) -> None:
    result = run(f"@pytest.mark.videojob({arguments})\ndef test_wrong(videojob): pass\n", beginning=NO_MARK)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message])
    assert "Traceback" not in result.stdout.str()


def test_a_setting_that_is_wrong_is_an_error_of_each_test(run: Run) -> None:
    result = run("def test_one(videojob): pass\ndef test_two(): pass\n", "-o", "videojob_conduct=fail")
    result.assert_outcomes(errors=1, passed=1)
    result.stdout.fnmatch_lines(["TST005 no videojob_conduct 'fail'"])
