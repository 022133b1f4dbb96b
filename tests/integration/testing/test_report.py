"""The report of a failing test: the story of its session, in sections."""

from tests.integration.testing.conftest import Run


def test_a_failure_has_the_story_of_its_session(run: Run) -> None:
    result = run(
        """
        def test_ignored_refusal(videojob):
            video = create(videojob)
            videojob.advance("1m")
            cancel(videojob, video)
            poll(videojob, video)
            call(videojob.phaseo, "GET", f"/vidoes/{video}")
            assert videojob.job(video).state == "cancelled"
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*videojob: jobs*",
            "video G-* (phaseo): queued 0s (created), processing 2s, completed 26s",
            "    ledger: reserve 0.5 usd, settle 0.5 usd",
            "*videojob: calls*",
            "*POST /v1/videos -> 200  [[]req_100000001[]]",
            "*POST /v1/videos/G-*/cancel -> 400  [[]req_100000002[]]*",
            "*videojob: last answers*",
            "req_100000002: POST /v1/videos/G-*/cancel -> 400",
            "    because *",
            "req_100000004: GET /v1/vidoes/G-* -> 404",
            "*videojob: near misses*",
            "GET /v1/vidoes/G-*: nearest: GET /v1/videos/{video_id} (segment 2 of the path is 'vidoes', not 'videos')",
            "*videojob: again*",
            "pytest test_client.py::test_ignored_refusal",
            "mockserver serve --clock manual --check --vendor phaseo@2026-06-11*",
        ]
    )


def test_a_refusal_that_repeats_is_explained_once_and_counted(run: Run) -> None:
    result = run(
        """
        def test_ignored_refusals(videojob):
            video = create(videojob)
            videojob.advance("1m")
            call(videojob.phaseo, "GET", "/vidoes")
            for _ in range(3):
                cancel(videojob, video)
            assert videojob.job(video).state == "cancelled"
        """
    )
    result.assert_outcomes(failed=1)
    explained = result.stdout.str().partition("videojob: last answers")[2].partition("videojob: near misses")[0]
    assert explained.count("POST /v1/videos/G-") == 1
    assert "req_100000005: POST /v1/videos/G-" in explained
    assert "    times    3: the last of these answers is explained" in explained
    assert "GET /v1/vidoes -> 404" in explained


def test_the_conduct_of_a_client_is_shown_with_another_failure(run: Run) -> None:
    result = run(
        """
        def test_client(videojob):
            for _ in range(2):
                poll(videojob, "G-01ARZ3NDEKTSV4RRFFQ69G5FAV")
            assert videojob.jobs
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*videojob: conduct*", "C6: the client repeated a read that was refused for good"])


def test_a_verdict_is_not_repeated_below(run: Run) -> None:
    result = run(
        """
        @pytest.mark.videojob(conduct="error")
        def test_client(videojob):
            for _ in range(2):
                poll(videojob, "G-01ARZ3NDEKTSV4RRFFQ69G5FAV")
        """
    )
    assert "videojob: conduct" not in result.stdout.str()
    assert "videojob: calls" in result.stdout.str()


def test_a_client_that_never_arrived_is_a_near_miss(run: Run, monkeypatch) -> None:
    monkeypatch.setenv("TWELVELABS_BASE_URL", "https://api.twelvelabs.io/v1.3")
    monkeypatch.setenv("http_proxy", "http://user:secret@proxy.example:3128")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name)
    result = run("def test_client(videojob): assert videojob.journal\n")
    result.stdout.fnmatch_lines(
        [
            "No request reached this session. Its base URL is http://127.0.0.1:*",
            "The environment has a proxy, which a client may use for 127.0.0.1 too: set NO_PROXY=127.0.0.1.",
            "The environment has TWELVELABS_BASE_URL=https://api.twelvelabs.io/v1.3, which a client may prefer.",
        ]
    )


def test_a_client_that_drops_the_prefix_is_a_near_miss(run: Run) -> None:
    result = run(
        """
        def test_client(videojob, videojob_server):
            urlopen(Request(f"{videojob_server.url}/v1/videos", headers={"Authorization": "Bearer k"})).close()
            assert videojob.journal
        """
    )
    result.stdout.fnmatch_lines(
        ["1 request of this run reached no session of a test: a client has dropped the prefix /s/... of its base URL."]
    )


def test_the_options_are_part_of_the_line_that_runs_it_again(run: Run) -> None:
    result = run(
        """
        @pytest.mark.parametrize("name", ["a b"])
        @pytest.mark.videojob("cancel-then-poll", seed=7)
        def test_client(videojob, name): assert not videojob.plan
        """,
        "--videojob-conduct=error",
        beginning="import pytest\n",
    )
    result.stdout.fnmatch_lines(
        [
            "pytest --videojob-conduct=error 'test_client.py::test_client[[]a b[]]'",
            "mockserver serve cancel-then-poll --clock manual --check --seed 7*",
        ]
    )


def test_a_passing_test_has_no_sections(run: Run) -> None:
    result = run("def test_client(videojob): create(videojob)\n", "-rA")
    assert "videojob:" not in result.stdout.str()


def test_a_session_that_is_gone_does_not_hide_the_failure(run: Run) -> None:
    result = run(
        """
        def test_client(videojob):
            videojob.admin("DELETE", f"sessions/{videojob.name}")
            assert 1 == 2
        """
    )
    result.stdout.fnmatch_lines(["E*assert 1 == 2"])


def test_many_calls_are_cut(run: Run) -> None:
    result = run(
        """
        def test_client(videojob):
            video = create(videojob)
            for _ in range(25):
                poll(videojob, video)
            assert 1 == 2
        """
    )
    result.stdout.fnmatch_lines(["(6 earlier calls left out)"])


def test_a_loop_on_a_clock_that_stands_still_is_explained(run: Run) -> None:
    result = run(
        """
        def test_client(videojob):
            video = create(videojob)
            for _ in range(11):
                poll(videojob, video)
            assert 1 == 2
        """
    )
    result.stdout.fnmatch_lines(
        [
            "*videojob: clock*",
            "G-*: 11 polls at *, because the clock does not move while the client sleeps.",
            "Use *auto*",
        ]
    )


def test_polls_between_which_the_clock_moves_are_no_such_loop(run: Run) -> None:
    result = run(
        """
        def test_client(videojob):
            video = create(videojob)
            for _ in range(5):
                poll(videojob, video)
                videojob.advance("1s")
            assert 1 == 2
        """
    )
    assert "videojob: clock" not in result.stdout.str()
