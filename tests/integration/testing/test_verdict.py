"""The verdict on a test whose assertions hold: answers off contract, and the conduct of a client that is judged."""

import pytest

from tests.integration.testing.conftest import Run

REOPENED = """
def test_reopened(videojob):
    video = create(videojob)
    videojob.advance("1m")
    poll(videojob, video)
    videojob.move(video, "processing", force=True)
    poll(videojob, video)
"""


def test_an_answer_off_contract_fails_the_test(run: Run) -> None:
    result = run(REOPENED)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "1 answer of the fake broke the contract, so this test proves nothing:",
            "  error P15: completed, failed, cancelled and expired are final",
            "*GET /v1/videos/G-* -> 200 completed",
            "*GET /v1/videos/G-* -> 200 processing",
            'If that is the point of the test, say so: @pytest.mark.videojob(off_contract={"P15": "why"})',
        ]
    )
    assert "hidden" not in result.stdout.str()


def test_a_test_that_breaks_the_contract_on_purpose_says_so(run: Run) -> None:
    result = run('@pytest.mark.videojob(off_contract={"P15": "the point"})' + REOPENED)
    result.assert_outcomes(passed=1)


def test_a_rule_that_no_answer_breaks_fails_the_test(run: Run) -> None:
    result = run('@pytest.mark.videojob(off_contract={"P11": "x", "P15": "the point"})' + REOPENED)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["off_contract names P11, and no answer breaks it"])
    assert "off_contract names P15" not in result.stdout.str()


def test_a_rule_beside_another_one_is_broken_too(run: Run) -> None:
    result = run(
        """
        @pytest.mark.videojob(vendors={"phaseo": "2026-06-11"}, off_contract={"P16": "beside P17"})
        def test_progress(videojob):
            video = create(videojob)
            videojob.fault(on="get", do={"corrupt": {"/progress": -5}}, vendor="phaseo")
            videojob.advance("1m")
            poll(videojob, video)
            assert [each.rules for each in videojob.findings] == [("P17", "P16")]
        """
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(("declared", "outcome"), [("{}", {"failed": 1}), ("{'P1': 'the point'}", {"passed": 1})])
def test_a_scenario_declares_what_it_breaks(run: Run, declared: str, outcome: dict[str, int]) -> None:
    result = run(
        f"""
        @pytest.mark.videojob({{"vendor": "phaseo@2026-06-11", "off_contract": {declared}, "jobs": [{{}}],
            "faults": [{{"on": "get", "do": {{"corrupt": {{"/status": "moderating"}}}}}}]}})
        def test_status(videojob):
            assert poll(videojob, videojob.jobs[0].id)[1]["status"] == "moderating"
        """
        if declared != "{}"
        else """
        def test_status(videojob):
            video = create(videojob)
            videojob.fault(on="get", do={"corrupt": {"/status": "moderating"}})
            poll(videojob, video)
        """
    )
    result.assert_outcomes(**outcome)


BREACHES = {
    "C1: the client polled faster than the last answer asks for": """
        video = create(videojob)
        poll(videojob, video)
        videojob.advance("1s")
        poll(videojob, video)
    """,
    "C2: the client polled a job that had ended (2 times)": """
        video = create(videojob)
        videojob.advance("1m")
        for _ in range(3):
            poll(videojob, video)
    """,
    "C3: the client did not back off after 429 or 503": """
        videojob.fault(on="list", when={"call": 1}, do={"status": 503, "retry_after": "30s"}, vendor="phaseo")
        call(videojob.phaseo, "GET", "/videos")
        videojob.advance("29s")
        call(videojob.phaseo, "GET", "/videos")
    """,
    "C4: the client repeated a call that was refused for good": """
        video = create(videojob)
        videojob.advance("1m")
        poll(videojob, video)
        assert [cancel(videojob, video)[0] for _ in range(2)] == [400, 400]
    """,
    "C5: the client repeated a create whose answer was lost": """
        videojob.fault(on="create", when={"call": 1}, do={"status": 503}, vendor="phaseo")
        call(videojob.phaseo, "POST", "/videos", CLIP)
        videojob.advance("1m")
        call(videojob.phaseo, "POST", "/videos", CLIP)
    """,
    "C6: the client repeated a read that was refused for good": """
        for _ in range(2):
            assert poll(videojob, "G-01ARZ3NDEKTSV4RRFFQ69G5FAV")[0] == 404
    """,
    "C7: the client accepted a webhook whose signature is not right": """
        videojob.receive(lambda delivery: 204, vendor="phaseo", deliver=[{"on": "completed", "sign": "wrong-secret"}])
        call(videojob.phaseo, "POST", "/videos", {**CLIP, "webhook": {"url": videojob.receiver.url}})
        videojob.advance("1m")
    """,
}


@pytest.mark.parametrize("expected", BREACHES)
def test_the_conduct_of_a_client_fails_the_test_and_says_what_it_did(run: Run, expected: str) -> None:
    mark = "@pytest.mark.videojob(conduct='error')\n"
    result = run(mark + "def test_client(videojob):" + BREACHES[expected].replace("\n    ", "\n"))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [expected, "    rule *the client*", "    fix      *", "FAILED *::test_client - Failed: C?: the client *"]
    )


def test_of_many_calls_the_number_is_shown_that_is_left_out(run: Run) -> None:
    result = run(
        """
        @pytest.mark.videojob(conduct="error")
        def test_client(videojob):
            video = create(videojob)
            videojob.advance("1m")
            for _ in range(28):
                poll(videojob, video)
        """
    )
    result.stdout.fnmatch_lines(["C2: * (27 times)", "    and 22 more", "    rule *"])


@pytest.mark.parametrize(("pin", "status"), [("2026-06-11", 400), ("2026-10-02", 501)])
def test_a_refusal_shows_by_itself_that_a_repetition_is_of_no_use(run: Run, pin: str, status: int) -> None:
    result = run(
        f"""
        @pytest.mark.videojob(conduct="error", vendors={{"phaseo": "{pin}"}})
        def test_client(videojob):
            video = create(videojob)
            videojob.advance("1h")
            assert [cancel(videojob, video)[0] for _ in range(3)] == [{status}] * 3
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["C4: the client repeated a call that was refused for good (2 times)"])


@pytest.mark.parametrize(
    ("arguments", "outcome"),
    [
        ((), "passed"),
        (("--videojob-conduct=error",), "failed"),
        (("-o", "videojob_conduct=error"), "failed"),
        (("-o", "videojob_conduct=error", "--videojob-conduct=report"), "passed"),
    ],
)
def test_conduct_is_judged_where_an_option_or_a_setting_says_so(
    run: Run, arguments: tuple[str, ...], outcome: str
) -> None:
    body = BREACHES["C2: the client polled a job that had ended (2 times)"].replace("\n    ", "\n")
    result = run("def test_client(videojob):" + body, *arguments)
    result.assert_outcomes(**{outcome: 1})


def test_a_client_that_waits_is_well_behaved(run: Run) -> None:
    result = run(
        """
        @pytest.mark.videojob(conduct="error")
        def test_client(videojob, monkeypatch):
            import time
            monkeypatch.setattr(time, "sleep", videojob.sleep)
            video = create(videojob)
            while (answer := poll(videojob, video)[1])["status"] != "completed":
                time.sleep(answer.get("poll_after_seconds") or 5)
        """
    )
    result.assert_outcomes(passed=1)


def test_the_conduct_before_another_scenario_counts(run: Run) -> None:
    result = run(
        """
        @pytest.mark.videojob(conduct="error")
        def test_client(videojob):
            for _ in range(2):
                poll(videojob, "G-01ARZ3NDEKTSV4RRFFQ69G5FAV")
            videojob.use("cancel-then-poll")
        """
    )
    result.assert_outcomes(failed=1)


def test_what_a_client_does_after_the_test_is_an_error(run: Run) -> None:
    result = run(
        """
        @pytest.fixture
        def client(videojob):
            yield
            for _ in range(2):
                poll(videojob, "G-01ARZ3NDEKTSV4RRFFQ69G5FAV")

        @pytest.mark.videojob(conduct="error")
        def test_client(videojob, client):
            pass
        """
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["C6: the client repeated a read that was refused for good", "*videojob: calls*"])


def test_an_expected_failure_stays_expected(run: Run) -> None:
    body = BREACHES["C2: the client polled a job that had ended (2 times)"].replace("\n    ", "\n")
    marks = "@pytest.mark.xfail(strict=True)\n@pytest.mark.videojob(conduct='error')\n"
    result = run(marks + "def test_client(videojob):" + body)
    result.assert_outcomes(xfailed=1)


def test_a_test_that_did_not_run_to_its_end_breaks_no_rule_in_vain(run: Run) -> None:
    result = run(
        """
        @pytest.fixture
        def later(videojob):
            pytest.skip("not today")

        @pytest.mark.videojob(off_contract={"P15": "the point"})
        def test_skipped_by_a_fixture(videojob, later):
            pass

        @pytest.mark.videojob(off_contract={"P15": "the point"})
        def test_skipped_by_itself(videojob):
            pytest.skip("not today")
        """
    )
    result.assert_outcomes(skipped=2)
