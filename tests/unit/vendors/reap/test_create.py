"""Making projects and uploads: what is accepted, what is refused and with which words, what is remembered."""

import pytest

from mockserver.vendors.api import build_timeline
from mockserver.vendors.checks import FieldSpec, find_mistakes, integer_text
from mockserver.vendors.reap.requests import (
    CREATE_FIELDS,
    build_spec,
    build_upload_spec,
    default_title,
    host_of,
    is_fetchable,
    source_name,
    with_defaults,
    word_mistake,
)
from mockserver.vendors.reap.vendor import OPERATIONS, PROJECT_KIND
from mockserver.vendors.script import Script, SeededJob, TimelineRule

VIDEO = "https://videos.example.com/talks/keynote.mp4"
UPLOAD_ID = "65f1a2b3c4d5e6f7a8b9c0d1"
WRONG = (
    None,
    True,
    0,
    -1,
    1.5,
    10**18,
    "",
    "x",
    [],
    [1],
    [[1]],
    [["x"]],
    {},
    {"a": 1},
    ["x", None],
    "\u0000",
    "é" * 300,
)
CALLS = {
    "clipping": ("create-clips", {"sourceUrl": VIDEO}),
    "captions": ("create-captions", {"sourceUrl": VIDEO}),
    "reframe": ("create-reframe", {"uploadId": UPLOAD_ID}),
    "dubbing": ("create-dubbing", {"uploadId": UPLOAD_ID, "sourceLanguage": "en", "targetLanguage": "fr"}),
    "transcription": ("create-transcription", {"sourceUrl": VIDEO}),
}
"""The least that each create operation accepts, by the type of project it makes."""


def problems(answer):
    """(place, word) of everything a 422 lists."""
    assert answer.status == 422, answer.body
    return [(tuple(error["loc"]), error["type"]) for error in answer.body["detail"]]


class TestEveryCreate:
    @pytest.mark.parametrize("kind", CREATE_FIELDS)
    def test_the_least_is_enough(self, world, kind):
        name, body = CALLS[kind]
        answer = world.post(name, body)
        assert answer.status == 200
        assert answer.body["projectType"] == kind
        assert answer.body["status"] == "queued"
        assert answer.body["id"] == world.details(answer.body["id"])["id"]

    @pytest.mark.parametrize("kind", CREATE_FIELDS)
    def test_no_value_of_any_field_is_an_exception(self, world, kind):
        name, body = CALLS[kind]
        for field in (*CREATE_FIELDS[kind], "unknown", "projectType", "title"):
            for value in WRONG:
                answer = world.post(name, {**body, field: value})
                assert answer.status in (200, 400, 422)
                if answer.status == 200:
                    assert answer.body["projectType"] == kind
                    world.elapsed += 30
                    world.details(answer.body["id"])
                    world.clips(answer.body["id"])

    @pytest.mark.parametrize("kind", CREATE_FIELDS)
    def test_the_fields_of_the_others_are_nothing_to_it(self, world, kind):
        name, body = CALLS[kind]
        others = {field for fields in CREATE_FIELDS.values() for field in fields} - set(CREATE_FIELDS[kind])
        for value in WRONG:
            assert world.post(name, {**dict.fromkeys(others, value), **body}).status == 200

    @pytest.mark.parametrize("kind", ["clipping", "captions", "dubbing", "transcription"])
    def test_there_must_be_a_source(self, world, kind):
        name, body = CALLS[kind]
        rest = {key: value for key, value in body.items() if key not in ("sourceUrl", "uploadId")}
        for source in ({}, {"sourceUrl": None}, {"sourceUrl": "", "uploadId": None}):
            answer = world.post(name, {**rest, **source})
            assert answer.status == 400
            assert answer.error_reason == "Missing source URL or upload ID."

    def test_reframing_takes_uploads_only(self, world):
        assert problems(world.post("create-reframe", {"sourceUrl": VIDEO})) == [(("body", "uploadId"), "missing")]

    @pytest.mark.parametrize("kind", ["clipping", "captions", "dubbing", "transcription"])
    def test_there_must_be_one_source_only(self, world, kind):
        name, body = CALLS[kind]
        answer = world.post(name, {**body, "sourceUrl": VIDEO, "uploadId": UPLOAD_ID})
        assert answer.status == 400
        assert answer.error_reason == "Provide either a source URL or an upload ID, not both."

    def test_a_refused_request_makes_nothing(self, world):
        world.post("create-clips", {})
        world.post("create-clips", {"sourceUrl": 5})
        assert world.get("get-all-projects").body["totalProjects"] == 0

    def test_each_operations_example_is_accepted(self, world):
        for operation in OPERATIONS:
            if operation.name.startswith("create"):
                assert world.request("POST", operation.path, dict(operation.example_params)).status == 200


class TestSource:
    @pytest.mark.parametrize(
        ("url", "host"),
        [
            ("https://videos.invalid/a.mp4", "videos.invalid"),
            ("http://INVALID./a.mp4", "invalid."),
            ("ftp://example.com/a.mp4", "ftp://example.com/a.mp4"),
            ("keynote.mp4", "keynote.mp4"),
            ("http://[::1", "http://[::1"),
            ("https://", "https://"),
        ],
    )
    def test_a_host_that_cannot_be_read_from(self, world, url, host):
        answer = world.post("create-clips", {"sourceUrl": url})
        assert answer.status == 400
        assert answer.error_reason == f"Unable to process video from {host}. Please contact support."
        assert not is_fetchable(url)
        assert host_of(url) == host

    @pytest.mark.parametrize("url", ["https://example.com/a", "http://127.0.0.1:8000/a.mp4", "https://notinvalid/x"])
    def test_every_other_host_is_taken_for_readable(self, url):
        assert is_fetchable(url)

    def test_an_upload_id_has_a_shape(self, world):
        answer = world.post("create-clips", {"uploadId": "not-an-id"})
        assert answer.status == 400
        assert answer.error_reason == "Invalid upload ID."

    @pytest.mark.parametrize(
        ("url", "source"),
        [
            ("", "Upload"),
            ("https://www.youtube.com/watch?v=x", "Youtube"),
            ("https://youtu.be/x", "Youtube"),
            ("https://vimeo.com/1", "Vimeo"),
            ("https://www.twitch.tv/videos/1", "TwitchVod"),
            ("https://x.com/a/status/1", "Twitter"),
            ("https://twitter.com/a/status/1", "Twitter"),
            ("https://rumble.com/v1", "RumbleEmbed"),
            ("https://notyoutube.com/x", "Generic"),
        ],
    )
    def test_what_it_is_called(self, url, source):
        assert source_name(url) == source

    @pytest.mark.parametrize(
        ("url", "title"),
        [
            (VIDEO, "keynote.mp4"),
            ("https://example.com/a%20b.mov?x=/y#z", "a b.mov"),
            ("https://example.com/talks/", "talks"),
            ("https://example.com", "video.mp4"),
            ("nonsense", "video.mp4"),
            ("", "video.mp4"),
        ],
    )
    def test_the_first_title(self, url, title):
        assert default_title(url) == title


class TestWindow:
    SHORT = "Please select at least 1 minutes or longer from the timeline."

    @pytest.mark.parametrize(("start", "end"), [(60, 105), (None, 59.9), (0, 0), (100, 50), (5, 64), (10**18, 10**18)])
    def test_less_than_a_minute_is_refused(self, world, start, end):
        answer = world.post("create-clips", {"sourceUrl": VIDEO, "selectedStart": start, "selectedEnd": end})
        assert answer.status == 400
        assert answer.error_reason == self.SHORT

    @pytest.mark.parametrize(
        ("start", "end", "minutes"),
        [(0, 60, 1), (50, 120, 1), (0, 120, 2), (0, 379, 6), (0.5, 60.5, 1), (86_000, 10**18, 6), (10**17, 10**18, 1)],
    )
    def test_what_a_window_costs(self, world, start, end, minutes):
        body = world.details(world.create(selectedStart=start, selectedEnd=end))
        assert body["billedDuration"] == minutes
        assert body["selectedStart"] == start
        assert body["selectedEnd"] == end

    def test_an_open_window_reaches_to_the_end(self, world):
        project_id = world.create(selectedStart=5000)
        world.elapsed = 30
        body = world.details(project_id)
        assert body["selectedEnd"] is None
        assert body["metadata"]["duration"] >= 5060
        assert body["billedDuration"] == (body["metadata"]["duration"] - 5000) // 60


class TestRemembered:
    def test_the_defaults(self, world):
        body = world.details(world.create())
        assert {key: body[key] for key in ("title", "source", "genre", "topics", "clipDurations", "language")} == {
            "title": "keynote.mp4",
            "source": "Generic",
            "genre": "talking",
            "topics": [],
            "clipDurations": [],
            "language": None,
        }
        assert body["exportResolution"] == 720
        assert body["exportOrientation"] == "landscape"
        assert body["reframeClips"] is False
        assert body["captionsPreset"] is None
        assert body["enableCaptions"] is False
        assert body["transcriptionScript"] == "native"
        assert body["translateTranscription"] is False
        assert body["translationLanguages"] == []

    def test_the_options(self, world):
        options = {
            "genre": "screenshare",
            "topics": ["Pricing"],
            "clipDurations": [[0, 30], [30, 60]],
            "reframeClips": True,
            "exportResolution": 1080,
            "exportOrientation": "portrait",
            "captionsPreset": "system_beasty",
            "enableEmojis": True,
            "enableHighlights": True,
            "language": "en",
            "transcriptionScript": "roman",
        }
        body = world.details(world.create(**options, translationLanguage="fr", prompt="The best"))
        assert {key: body[key] for key in options} == options
        assert body["enableCaptions"] is True
        assert body["translateTranscription"] is True
        assert body["translationLanguages"] == ["fr"]

    def test_a_whole_number_may_have_a_fraction_of_nothing(self, world):
        answer = world.post("create-clips", {"sourceUrl": VIDEO, "exportResolution": 720.0, "clipDurations": [[0.0]]})
        assert answer.body["clipDurations"] == [[0]]
        assert b'"exportResolution":720,' in answer.response.body

    def test_captions(self, world):
        body = world.details(world.create("create-captions", resolution=2160))
        assert body["exportResolution"] == 2160
        assert body["captionsPreset"] == "system_beasty"
        assert body["enableCaptions"] is True

    def test_reframing(self, world):
        body = world.details(world.create("create-reframe", uploadId=UPLOAD_ID, orientation="square"))
        assert body["exportOrientation"] == "square"
        assert body["reframeClips"] is True
        assert body["source"] == "Upload"

    def test_dubbing(self, world):
        body = world.details(world.create("create-dubbing", sourceLanguage="en", targetLanguage="fr"))
        assert body["language"] == "en"
        assert body["dubbingLanguage"] == "fr"

    def test_a_client_cannot_choose_the_type_or_the_title(self, world):
        body = world.details(world.create(projectType="dubbing", title="Mine"))
        assert body["projectType"] == "clipping"
        assert body["title"] == "keynote.mp4"

    def test_a_scenario_can_match_the_type(self, make_world):
        dubbed = TimelineRule(build_timeline(("failed", None)), {"projectType": "dubbing"})
        world = make_world(Script(timeline_rules=(TimelineRule(build_timeline(("completed", None))), dubbed)))
        assert (
            world.details(world.create("create-dubbing", sourceLanguage="en", targetLanguage="fr"))["status"]
            == "failed"
        )
        assert world.details(world.create())["status"] == "completed"

    @pytest.mark.parametrize("kind", [*CREATE_FIELDS, "nonsense", 5, None])
    def test_a_scenarios_own_job_may_be_made_of_anything(self, make_world, kind):
        for value in (*WRONG, float("nan"), float("inf")):
            body = {
                **dict.fromkeys({name for fields in CREATE_FIELDS.values() for name in fields}, value),
                "title": value,
            }
            world = make_world(Script(jobs=(SeededJob(id=UPLOAD_ID, body={**body, "projectType": kind}),)))
            world.elapsed = 30
            world.details(UPLOAD_ID)
            world.clips(UPLOAD_ID)

    def test_specify_keeps_a_title_of_the_handlers(self):
        assert build_spec({"sourceUrl": VIDEO, "title": "Mine"})["title"] == "Mine"
        assert build_upload_spec({"filename": "a.mov"}) == {"fileName": "a.mov"}
        assert build_upload_spec({"filename": 5}) == {"fileName": "video.mp4"}

    def test_the_same_seed_makes_the_same_projects(self, make_world):
        one, same, other = (make_world(seed=seed).create() for seed in ("a", "a", "b"))
        assert one == same
        assert one != other


class TestUpload:
    def test_the_way_of_a_file(self, world):
        answer = world.post("get-upload-url", {"filename": "my video.mp4"})
        assert answer.status == 200
        upload = answer.body
        assert upload.pop("uploadUrl") == f"http://test/s/unit/uploads/{upload['id']}"
        stamp = upload["createdAt"]
        assert upload == {
            "id": upload["id"],
            "fileName": "my video.mp4",
            "fileType": "video",
            "status": "upload",
            "createdAt": stamp,
            "updatedAt": stamp,
        }
        put = world.request("PUT", f"/uploads/{upload['id']}", b"\x00\x01", key=None)
        assert put.status == 200
        assert put.response.body == b""
        body = world.details(world.create(uploadId=upload["id"]))
        assert body["title"] == "my video.mp4"
        assert body["source"] == "Upload"

    def test_an_upload_that_nobody_asked_for(self, world):
        assert world.request("PUT", f"/uploads/{UPLOAD_ID}", b"x", key=None).status == 404
        assert world.details(world.create(uploadId=UPLOAD_ID))["title"] == "video.mp4"

    @pytest.mark.parametrize("name", [None, 5, [], {}, True, ""])
    def test_the_file_must_have_a_name(self, world, name):
        kind = "string_too_short" if name == "" else "string_type"
        assert problems(world.post("get-upload-url", {"filename": name})) == [(("body", "filename"), kind)]
        assert problems(world.post("get-upload-url", {})) == [(("body", "filename"), "missing")]


class TestFlaws:
    @pytest.mark.parametrize(
        ("field", "value", "kind"),
        [
            ("sourceUrl", 5, "string_type"),
            ("reframeClips", "yes", "bool_type"),
            ("reframeClips", 1, "bool_type"),
            ("exportOrientation", "diagonal", "literal_error"),
            ("exportResolution", "720", "literal_error"),
            ("exportResolution", 720.5, "literal_error"),
            ("exportResolution", True, "literal_error"),
            ("exportResolution", [720], "literal_error"),
            ("selectedStart", "10", "float_type"),
            ("selectedStart", True, "float_type"),
            ("selectedStart", -0.1, "greater_than_equal"),
            ("topics", "Pricing", "list_type"),
        ],
    )
    def test_a_field_of_the_wrong_kind(self, world, field, value, kind):
        answer = world.post("create-clips", {"sourceUrl": VIDEO, field: value})
        assert problems(answer) == [(("body", field), kind)]
        assert answer.error_reason == answer.body["detail"][0]["msg"]

    def test_entries_are_placed(self, world):
        lasting = [[0, "30"], 5, [0.5, True]]
        answer = world.post("create-clips", {"sourceUrl": VIDEO, "clipDurations": lasting, "topics": [1]})
        assert problems(answer) == [
            (("body", "clipDurations", 0, 1), "int_type"),
            (("body", "clipDurations", 1), "list_type"),
            (("body", "clipDurations", 2, 0), "int_type"),
            (("body", "clipDurations", 2, 1), "int_type"),
            (("body", "topics", 0), "string_type"),
        ]

    def test_everything_that_is_wrong_is_listed(self, world):
        answer = world.post("create-dubbing", {"sourceUrl": 5, "targetLanguage": None})
        assert problems(answer) == [
            (("body", "sourceUrl"), "string_type"),
            (("body", "sourceLanguage"), "missing"),
            (("body", "targetLanguage"), "string_type"),
        ]

    def test_options_are_named(self, world):
        answer = world.post("create-clips", {"sourceUrl": VIDEO, "exportOrientation": "diagonal"})
        assert answer.error_reason == "Input should be 'landscape', 'portrait' or 'square'"

    def test_no_number_is_no_number_of_seconds(self):
        mistakes = find_mistakes("body", {"selectedStart": float("nan")}, CREATE_FIELDS["clipping"])
        assert [word_mistake(each).error_type for each in mistakes] == ["greater_than_equal"]

    def test_digits(self):
        fields = {"page": FieldSpec(integer_text(1, 100))}
        kinds = {
            text: [word_mistake(each).error_type for each in find_mistakes("query", {"page": text}, fields)]
            for text in ("1", "0", "101", "x", "²")
        }
        assert kinds == {
            "1": [],
            "0": ["greater_than_equal"],
            "101": ["less_than_equal"],
            "x": ["int_parsing"],
            "²": ["int_parsing"],
        }

    def test_tidy_puts_defaults_in_place_of_what_is_unfit(self):
        kept = with_defaults({"exportResolution": 1080, "genre": "opera", "language": None}, CREATE_FIELDS["clipping"])
        assert kept["exportResolution"] == 1080
        assert kept["genre"] == "talking"
        assert kept["language"] is None

    def test_the_example_of_the_kind_is_fit(self):
        assert find_mistakes("body", PROJECT_KIND.example, CREATE_FIELDS["clipping"]) == []
