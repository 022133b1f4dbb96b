"""What a create body must be: each rule broken once, and no body that breaks the fake."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.vendors.twelvelabs.requests import batch_error, task_error
from mockserver.vendors.twelvelabs.traits import WITH_TASK_CANCEL, WITHOUT_TASK_CANCEL

INVALID, MISSING = "parameter_invalid", "parameter_not_provided"
VIDEO = {"type": "asset_id", "asset_id": "6298d673f1090f1100476d4c"}
URL = {"type": "url", "url": "https://example.com/v.mp4"}
PROMPT = {"input_text": "What happens?"}
IMAGE = {"name": "one", "url": "https://example.com/one.png"}
SEGMENT = {"id": "scene", "description": "a scene"}
SEGMENTS = {"type": "segment_definitions", "segment_definitions": [SEGMENT]}
SCHEMA = {"type": "json_schema", "json_schema": {"type": "object"}}
TBM = "time_based_metadata"


def batch(**members: Any) -> dict[str, Any]:
    body = {"model_name": "pegasus1.5", "analysis_mode": "general", "requests": [{"video": VIDEO, "prompt": PROMPT}]}
    return {name: value for name, value in {**body, **members}.items() if value is not ...}


def one(**members: Any) -> dict[str, Any]:
    request = {"video": VIDEO, "prompt": PROMPT, **members}
    return batch(requests=[{name: value for name, value in request.items() if value is not ...}])


def task(**members: Any) -> dict[str, Any]:
    body = {"video": URL, "prompt": "?", **members}
    return {name: value for name, value in body.items() if value is not ...}


def media(count: int, **members: Any) -> list[dict[str, Any]]:
    return [{"name": "a", "media_type": "image", "url": "https://example.com/a.png", **members}] * count


FINE = [
    batch(),
    batch(requests=[{"video": VIDEO}], defaults={"prompt": PROMPT}),
    batch(requests=[{"video": VIDEO, "prompt": PROMPT}] * 1000),
    batch(unheard_of=1),
    one(custom_id="a-Z_9"),
    one(custom_id="a" * 64),
    one(prompt={"input_text": "", "media_sources": media(4)}),
    one(temperature=0, max_tokens=512, start_time=0, end_time=4),
    one(temperature=1.0, max_tokens=98304, end_time=3600.5),
    one(end_time=999_999),
    one(response_format=SCHEMA),
    batch(analysis_mode=TBM, requests=[{"video": VIDEO, "response_format": SEGMENTS, "min_segment_duration": 2}]),
    batch(
        analysis_mode=TBM,
        requests=[{"video": VIDEO, "max_tokens": 2048}],
        defaults={"response_format": SEGMENTS, "min_segment_duration": 2, "max_segment_duration": 2},
    ),
]

BROKEN = [
    (batch(model_name=...), MISSING, "model_name"),
    (batch(model_name="pegasus1.2"), INVALID, "model_name"),
    (batch(analysis_mode=...), MISSING, "analysis_mode"),
    (batch(analysis_mode=[]), INVALID, "analysis_mode"),
    (batch(requests=...), MISSING, "requests"),
    (batch(requests=[]), INVALID, "requests"),
    (batch(requests={}), INVALID, "requests"),
    (batch(requests=[{"video": VIDEO, "prompt": PROMPT}] * 1001), INVALID, "requests"),
    (batch(requests=[None]), INVALID, "requests[0]"),
    (batch(defaults=[]), INVALID, "defaults"),
    (batch(defaults={"temperature": 2}), INVALID, "defaults.temperature"),
    (one(video=...), MISSING, "requests[0].video"),
    (one(video="x"), INVALID, "requests[0].video"),
    (one(video={"type": "asset_id"}), MISSING, "requests[0].video.asset_id"),
    (one(video=URL), MISSING, "requests[0].video.asset_id"),
    (one(video={"type": "url", "asset_id": "a" * 24}), INVALID, "requests[0].video.type"),
    (one(video={"type": "asset_id", "asset_id": "a" * 23}), INVALID, "requests[0].video.asset_id"),
    (one(video={"type": "asset_id", "asset_id": "a" * 24 + "\n"}), INVALID, "requests[0].video.asset_id"),
    (one(custom_id=""), INVALID, "requests[0].custom_id"),
    (one(custom_id="a" * 65), INVALID, "requests[0].custom_id"),
    (one(custom_id="é"), INVALID, "requests[0].custom_id"),
    (one(custom_id=None), INVALID, "requests[0].custom_id"),
    (one(prompt=...), MISSING, "requests[0].prompt"),
    (one(prompt="words"), INVALID, "requests[0].prompt"),
    (one(prompt={}), MISSING, "requests[0].prompt.input_text"),
    (one(prompt={"input_text": "", "media_sources": media(5)}), INVALID, "requests[0].prompt.media_sources"),
    (one(prompt={"input_text": "", "media_sources": media(1, url="ftp://x")}), INVALID, "media_sources[0].url"),
    (one(temperature=-0.1), INVALID, "requests[0].temperature"),
    (one(temperature=True), INVALID, "requests[0].temperature"),
    (one(max_tokens=1.5), INVALID, "requests[0].max_tokens"),
    (one(max_tokens=511), INVALID, "requests[0].max_tokens"),
    (one(max_tokens=98305), INVALID, "requests[0].max_tokens"),
    (one(max_tokens="unlimited"), INVALID, "requests[0].max_tokens"),
    (one(min_segment_duration=1), INVALID, "requests[0].min_segment_duration"),
    (one(min_segment_duration=9, max_segment_duration=8), INVALID, "requests[0].max_segment_duration"),
    (one(start_time=-1), INVALID, "requests[0].start_time"),
    (one(start_time=9, end_time=9), INVALID, "requests[0].end_time"),
    (one(start_time=9, end_time=8), INVALID, "requests[0].end_time"),
    (one(response_format={"type": "json_schema"}), MISSING, "requests[0].response_format.json_schema"),
    (one(response_format=SEGMENTS), INVALID, "requests[0].response_format.type"),
    (one(response_format={"type": "xml"}), INVALID, "requests[0].response_format.type"),
    (batch(analysis_mode=TBM), INVALID, "requests[0].prompt"),
    (batch(analysis_mode=TBM, requests=[{"video": VIDEO}]), MISSING, "requests[0].response_format"),
    (batch(analysis_mode=TBM, requests=[{"video": VIDEO, "response_format": SCHEMA}]), INVALID, "response_format.type"),
    (
        batch(analysis_mode=TBM, requests=[{"video": VIDEO, "response_format": {"type": "segment_definitions"}}]),
        MISSING,
        "requests[0].response_format.segment_definitions",
    ),
    (
        batch(
            analysis_mode=TBM, requests=[{"video": VIDEO, "max_tokens": 2047}], defaults={"response_format": SEGMENTS}
        ),
        INVALID,
        "requests[0].max_tokens",
    ),
    (
        batch(requests=[{"video": VIDEO, "prompt": PROMPT, "custom_id": "a"}] * 2),
        INVALID,
        "requests[1].custom_id",
    ),
]


@pytest.mark.parametrize("traits", [WITHOUT_TASK_CANCEL, WITH_TASK_CANCEL])
@pytest.mark.parametrize("body", FINE)
def test_fine_batches(body, traits):
    assert batch_error(body, traits) is None


@pytest.mark.parametrize("traits", [WITHOUT_TASK_CANCEL, WITH_TASK_CANCEL])
@pytest.mark.parametrize(("body", "code", "path"), BROKEN)
def test_broken_batches(body, code, path, traits):
    error = batch_error(body, traits)
    assert error is not None
    assert error.code == code, error
    assert path in error.message, error


def test_the_shortest_window_depends_on_the_era():
    short = one(start_time=0, end_time=1)
    assert batch_error(short, WITH_TASK_CANCEL) is None
    assert batch_error(short, WITHOUT_TASK_CANCEL) is not None


FINE_TASKS = [
    task(),
    task(custom_id="a", temperature=0.5, analysis_mode="general", model_name="pegasus1.5"),
    task(prompt=..., prompt_v2=PROMPT),
    task(video=VIDEO),
    task(video={"type": "base64_string", "base64_string": "AAAA"}),
    task(prompt=..., analysis_mode=TBM, response_format=SEGMENTS),
]
BROKEN_TASKS = [
    (task(video=...), MISSING, "video"),
    (task(video=[]), INVALID, "video"),
    (task(video={}), MISSING, "video.type"),
    (task(video={"type": "video_id"}), INVALID, "video.type"),
    (task(video={"type": "url"}), MISSING, "video.url"),
    (task(video={"type": "url", "url": "no url"}), INVALID, "video.url"),
    (task(prompt=PROMPT), INVALID, "prompt"),
    (task(prompt=...), MISSING, "prompt"),
    (task(prompt_v2=PROMPT), INVALID, "prompt_v2"),
    (task(model_name="other"), INVALID, "model_name"),
    (task(end_time=0.5), INVALID, "end_time"),
]


@pytest.mark.parametrize("traits", [WITHOUT_TASK_CANCEL, WITH_TASK_CANCEL])
@pytest.mark.parametrize("body", FINE_TASKS)
def test_fine_tasks(body, traits):
    assert task_error(body, traits) is None


@pytest.mark.parametrize("traits", [WITHOUT_TASK_CANCEL, WITH_TASK_CANCEL])
@pytest.mark.parametrize(("body", "code", "path"), BROKEN_TASKS)
def test_broken_tasks(body, code, path, traits):
    error = task_error(body, traits)
    assert error is not None
    assert error.code == code, error
    assert path in error.message, error


@pytest.mark.parametrize(
    ("body", "before", "after"),
    [
        (task(end_time=7201), None, INVALID),
        (task(model_name="pegasus1.2"), None, INVALID),
        (task(model_name="pegasus1.6"), INVALID, None),
        (task(max_tokens="unlimited"), INVALID, INVALID),
        (task(video=..., model_name="pegasus1.6", image=[IMAGE]), INVALID, None),
        (task(video=..., image=[IMAGE]), MISSING, INVALID),
        (task(model_name="pegasus1.6", image=[IMAGE]), INVALID, INVALID),
        (task(video=..., prompt=..., model_name="pegasus1.6", image=[IMAGE]), INVALID, MISSING),
        (task(video=..., model_name="pegasus1.6", image=[]), INVALID, INVALID),
        (
            task(
                prompt=...,
                model_name="pegasus1.6",
                analysis_mode=TBM,
                max_tokens="unlimited",
                response_format=SEGMENTS,
            ),
            INVALID,
            None,
        ),
    ],
)
def test_what_differs_between_the_eras(body, before, after):
    errors = [task_error(body, traits) for traits in (WITHOUT_TASK_CANCEL, WITH_TASK_CANCEL)]
    assert [error.code if error else None for error in errors] == [
        before if "video" in body or before is None else MISSING,
        after,
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
PATHS = [
    ("requests",),
    ("defaults",),
    ("video",),
    ("prompt",),
    ("response_format",),
    ("response_format", "json_schema"),
    ("response_format", "segment_definitions"),
    ("requests", 0),
    *[("requests", 0, name) for name in ("video", "prompt", "response_format", "start_time", "end_time", "max_tokens")],
    *[("defaults", name) for name in ("prompt", "response_format", "end_time", "max_tokens")],
    *[(name,) for name in ("image", "prompt_v2", "model_name", "custom_id", "end_time", "max_tokens", "analysis_mode")],
]


def put(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy of the body with a value at a path, as far as the path leads."""
    head, rest = path[0], path[1:]
    if isinstance(body, list):
        return [put(inner, rest, value) if rest else value for inner in body]
    if not isinstance(body, dict):
        return value
    return {**body, head: put(body.get(head, {}), rest, value) if rest else value}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    era=st.sampled_from(["2026-07-30", "2026-09-15"]),
    path=st.sampled_from(PATHS),
    value=JSON,
    mode=st.sampled_from(["general", TBM]),
)
def test_no_body_breaks_the_fake(make, era, path, value, mode):
    each = make(era)
    for where, body in (("batches", one(response_format=SCHEMA)), ("tasks", task(response_format=SEGMENTS))):
        seen = each.request("POST", f"/analyze/{where}", put({**body, "analysis_mode": mode}, path, value))
        assert seen.status in (201, 202, 400)
    each.elapsed = 60
    assert each.request("GET", "/analyze/tasks").status == 200


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (batch(model_name=...), "The model_name parameter is required."),
        (batch(model_name="x"), "The model_name parameter is invalid: it must be one of pegasus1.5."),
        (
            batch(requests=[]),
            "The requests parameter is invalid: it must be an array of at least 1 and at most 1000 elements.",
        ),
        (batch(defaults=[]), "The defaults parameter is invalid: it must be an object."),
        (
            batch(defaults={"temperature": 2}),
            "The defaults.temperature parameter is invalid: it must be a number at least 0 and at most 1.",
        ),
        (
            one(max_tokens=0),
            "The requests[0].max_tokens parameter is invalid: it must be an integer at least 1.",
        ),
        (
            one(prompt={"input_text": 1}),
            "The requests[0].prompt.input_text parameter is invalid: it must be a string.",
        ),
        (
            one(custom_id=""),
            (
                "The requests[0].custom_id parameter is invalid: "
                "it must be 1 to 64 letters, digits, hyphens and underscores."
            ),
        ),
        (
            one(
                response_format={
                    "type": "segment_definitions",
                    "segment_definitions": [{"id": "a", "description": "b", "time_ranges": 1}],
                }
            ),
            (
                "The requests[0].response_format.segment_definitions[0].time_ranges parameter is invalid: "
                "it must be an array of at least 0 elements."
            ),
        ),
        (
            one(
                response_format={
                    "type": "segment_definitions",
                    "segment_definitions": [
                        {"id": "a", "description": "b", "time_ranges": [{"start_time": "x", "end_time": 1}]}
                    ],
                }
            ),
            (
                "The requests[0].response_format.segment_definitions[0].time_ranges[0].start_time parameter "
                "is invalid: it must be a number."
            ),
        ),
    ],
)
def test_words_of_mistakes(body, words):
    error = batch_error(body, WITH_TASK_CANCEL)
    assert error is not None
    assert error.message == words
