"""The fixture `videojob`: a session of the test's own, with time, jobs and money in its hands."""

import pytest

from tests.integration.testing.conftest import Run


def test_a_video_is_completed_in_four_lines(run: Run) -> None:
    result = run(
        """
        from phaseo import Phaseo

        def test_video(videojob):
            client = Phaseo(api_key=videojob.phaseo.api_key, base_url=videojob.phaseo.url)
            video = client.videos.create(CLIP)
            videojob.advance("8h")
            assert client.videos.retrieve(video["id"])["status"] == "completed"
        """
    )
    result.assert_outcomes(passed=1)


def test_both_clients_of_twelvelabs_use_the_session(run: Run) -> None:
    result = run(
        """
        import httpx
        from twelvelabs import AsyncTwelveLabs, TwelveLabs

        VIDEO = {"type": "asset_id", "asset_id": "6512a0f2c1d3e4b5a6978812"}
        ITEM = {"video": VIDEO, "prompt": {"input_text": "Describe it."}}
        BATCH = {"model_name": "pegasus1.5", "analysis_mode": "general", "requests": [ITEM]}

        def test_batch(videojob):
            own = videojob.twelvelabs
            with httpx.Client(verify=False) as http:
                batches = TwelveLabs(api_key=own.api_key, base_url=own.url, httpx_client=http).analyze_async.batches
                batch = batches.create(**BATCH)
                videojob.advance("1h")
                assert batches.retrieve(batch.batch_id).status == "completed"

        @pytest.mark.asyncio
        async def test_asynchronously(videojob):
            own = videojob.twelvelabs
            async with httpx.AsyncClient(verify=False) as http:
                client = AsyncTwelveLabs(api_key=own.api_key, base_url=own.url, httpx_client=http)
                batch = await client.analyze_async.batches.create(**BATCH)
                videojob.advance("1h")
                assert (await client.analyze_async.batches.retrieve(batch.batch_id)).status == "completed"
        """
    )
    result.assert_outcomes(passed=2)


def test_the_environment_points_clients_at_the_session(run: Run) -> None:
    result = run(
        """
        def test_environment(videojob):
            assert videojob.phaseo.env() == {
                "PHASEO_API_KEY": videojob.phaseo.api_key, "PHASEO_BASE_URL": videojob.phaseo.url}
            assert videojob.twelvelabs.env()["TWELVELABS_BASE_URL"] == videojob.twelvelabs.url
            assert call(videojob.reap, "GET", "/get-all-projects")[1]["projects"] == []
            assert videojob.phaseo.url.startswith(videojob.url)
        """
    )
    result.assert_outcomes(passed=1)


def test_what_happened_is_there_as_values(run: Run) -> None:
    result = run(
        """
        def test_values(videojob):
            video = create(videojob)
            began = videojob.now
            first, second = videojob.advance("1m")
            assert (first.job, first.state, second.state) == (video, "processing", "completed")
            videojob.advance(30)
            assert (videojob.now - began).total_seconds() == 90
            job, = videojob.jobs
            assert job == videojob.job(video)
            assert (job.state, job.terminal, job.vendor, job.kind) == ("completed", True, "phaseo", "video")
            assert [each.state for each in job.states] == ["queued", "processing", "completed"]
            assert repr(job) == f"<video {video} of phaseo: {job.story}>"
            assert [booking.entry for booking in videojob.ledger] == ["reserve", "settle"]
            made, = videojob.journal
            assert (made.operation, made.status, made.json["id"]) == ("create", 200, video)
            assert repr(made).endswith("POST /v1/videos -> 200>")
            assert made.request_id in videojob.explain()
            assert made.request_id in videojob.explain(made.request_id)
            assert videojob.findings == videojob.conduct == ()
        """
    )
    result.assert_outcomes(passed=1)


def test_a_job_is_moved_and_waited_for(run: Run) -> None:
    result = run(
        """
        def test_move(videojob):
            video = create(videojob)
            assert videojob.move(video, "failed").state == "failed"
            assert poll(videojob, video)[1]["status"] == "failed"
            assert videojob.wait_until(state="failed", job=video)["job"] == video
            assert videojob.wait_until(polls=1, job=video)["count"] == 1

        def test_sleep(videojob, monkeypatch):
            import time
            monkeypatch.setattr(time, "sleep", videojob.sleep)
            video = create(videojob)
            while poll(videojob, video)[1]["status"] != "completed":
                time.sleep(5)
            assert videojob.job(video).state == "completed"
        """
    )
    result.assert_outcomes(passed=2)


def test_a_client_in_the_background_may_move_the_clock_while_the_test_waits(run: Run) -> None:
    result = run(
        """
        from threading import Thread

        def test_background(videojob):
            video = create(videojob)

            def client():
                while poll(videojob, video)[1]["status"] != "completed":
                    videojob.sleep(5)

            thread = Thread(target=client)
            thread.start()
            assert videojob.wait_until(state="completed", job=video, timeout="20s")["state"] == "completed"
            thread.join()

        def test_receiver_that_looks(videojob):
            seen = []
            videojob.receive(lambda delivery: seen.append(videojob.job(delivery.job).state) or 200)
            call(videojob.phaseo, "POST", "/videos", {**CLIP, "webhook": {"url": videojob.receiver.url}})
            videojob.advance("1m")
            assert seen[-1] == "completed"
        """
    )
    result.assert_outcomes(passed=2)


def test_a_fault_is_added_and_removed(run: Run) -> None:
    result = run(
        """
        def test_fault(videojob):
            fault = videojob.fault(on="list", do={"status": 503, "retry_after": "30s"}, vendor="phaseo")
            assert call(videojob.phaseo, "GET", "/videos")[0] == 503
            videojob.remove_fault(fault)
            videojob.advance("30s")
            assert call(videojob.phaseo, "GET", "/videos")[0] == 200
            assert videojob.admin("GET", "faults")["total"] == 0
            videojob.admin("POST", "faults", {"on": "list", "do": {"status": 503}})
            assert videojob.admin("DELETE", "faults")["deleted"] == 1
        """
    )
    result.assert_outcomes(passed=1)


def test_another_scenario_begins_the_session_again(run: Run) -> None:
    result = run(
        """
        def test_use(videojob):
            create(videojob)
            videojob.use("cancel-after-completed-400")
            assert all(job.state == "completed" for job in videojob.jobs)
            videojob.use({"vendor": "phaseo@2026-06-11", "timeline": [{"queued": "1h"}, "failed"]})
            video = create(videojob)
            videojob.advance("1h")
            assert videojob.job(video).state == "failed"
        """
    )
    result.assert_outcomes(passed=1)


def test_each_test_has_a_session_of_its_own(run: Run) -> None:
    """Whatever its id is, and also when it runs twice."""
    result = run(
        """
        NAMES = set()

        @pytest.mark.parametrize("odd", ["", "a b", "a/b", "50%", "ü", "x" * 300, "@2", "..", "[]"])
        @pytest.mark.parametrize("again", [1, 2])
        def test_alone(videojob, odd, again):
            assert videojob.jobs == ()
            create(videojob)
            assert len(videojob.jobs) == 1
            NAMES.add(videojob.name)

        def test_names():
            assert len(NAMES) == 18
        """
    )
    result.assert_outcomes(passed=19)


def test_a_late_client_does_not_reach_another_test(run: Run) -> None:
    result = run(
        """
        LEFT = []

        def test_first(videojob):
            LEFT.append(videojob.phaseo)

        def test_second(videojob, videojob_server):
            call(LEFT[0], "POST", "/videos", CLIP)
            assert videojob.jobs == ()
            assert videojob.url.startswith(videojob_server.url)
        """
    )
    result.assert_outcomes(passed=2)


def test_an_unknown_vendor_is_an_attribute_error_with_the_nearest_name(run: Run) -> None:
    result = run("def test_typo(videojob): videojob.phasio\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*AttributeError: videojob has no vendor and no attribute 'phasio' (did you mean 'phaseo'?)"]
    )


def test_a_refused_call_is_shown_at_the_line_of_the_test(run: Run) -> None:
    result = run("def test_refused(videojob):\n    videojob.advance('soon')\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [">*videojob.advance('soon')", "E*MockError: ADM003 advance: 'soon' is not a duration*"]
    )
    assert "session.py" not in result.stdout.str()
    assert "admin.py" not in result.stdout.str()


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        ("job('x')", "videojob.jobs lists them."),
        ("remove_fault('x')", 'videojob.admin("GET", "faults") lists them.'),
        ("use('nope-nope')", 'videojob.admin("GET", "scenarios") lists them.'),
        ("wait_until(requests=1, timeout='1ms')", "the clock is frozen: videojob.advance moves it"),
        ("admin('POST', 'clock', {'set': '2001-01-01T00:00:00Z'})", '*the session: videojob.admin("POST", "reset").'),
    ],
)
def test_the_hint_of_a_refused_call_is_in_the_words_of_a_test(run: Run, call: str, hint: str) -> None:
    result = run(f"def test_refused(videojob):\n    videojob.{call}\n")
    result.stdout.fnmatch_lines(["E*MockError: *", f"E  *{hint}"])


@pytest.mark.parametrize("plugin", ["asyncio", "anyio"])
def test_an_asynchronous_test_can_use_it(run: Run, plugin: str) -> None:
    result = run(
        f"""
        import asyncio

        @pytest.mark.{plugin}
        async def test_video(videojob):
            video = await asyncio.to_thread(create, videojob)
            await asyncio.to_thread(videojob.advance, "1m")
            assert videojob.job(video).state == "completed"

        if "{plugin}" == "anyio":
            @pytest.fixture
            def anyio_backend():
                return "asyncio"
        """
    )
    result.assert_outcomes(passed=1)


def test_the_sleeps_of_an_asynchronous_client_move_the_clock_and_do_not_block_its_loop(run: Run) -> None:
    result = run(
        """
        import asyncio

        async def client(videojob):
            turns = asyncio.create_task(take_turns())
            video = await asyncio.to_thread(create, videojob)
            before = videojob.now
            assert await asyncio.sleep(60, "rested") == "rested"
            assert (videojob.now - before).total_seconds() == 60
            await asyncio.sleep(0)
            assert (videojob.now - before).total_seconds() == 60
            turns.cancel()
            return videojob.job(video).state

        async def take_turns():
            while True:
                await asyncio.sleep(0)

        def test_video(videojob, monkeypatch):
            monkeypatch.setattr(asyncio, "sleep", videojob.asleep)
            assert asyncio.run(client(videojob)) == "completed"
        """
    )
    result.assert_outcomes(passed=1)
