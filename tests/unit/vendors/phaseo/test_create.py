"""Creating a video: what is taken, what is refused, and in which words."""

import pytest

from mockserver.vendors.phaseo import VENDOR
from mockserver.vendors.phaseo.requests import EVENT_NAMES, find_issues
from mockserver.vendors.phaseo.traits import TRAITS
from mockserver.vendors.phaseo.vendor import CREATE_EXAMPLE
from tests.support.fake_world import json_of

NEWEST, JUNE = TRAITS["2026-08-10"], TRAITS["2026-06-11"]


def image(url="https://a.example/cat.png", **more):
    return {"type": "image_url", "image_url": {"url": url}, **more}


@pytest.mark.parametrize("date", ["2026-04-01", "2026-05-06"])
def test_202_with_the_public_object_until_june(world, date):
    w = world(date)
    w.request("POST", "/v1/videos", CREATE_EXAMPLE)
    status, body = w.last_answer()
    assert status == 202
    assert body["polling_url"] == f"http://mock/s/x/v1/videos/{body['id']}"
    assert body == w.get(body["id"])


def test_200_with_a_reduced_body_since_june(world):
    w = world()
    w.request("POST", "/v1/videos", CREATE_EXAMPLE)
    status, body = w.last_answer()
    assert status == 200
    assert body == {
        "id": body["id"],
        "object": "video",
        "model": CREATE_EXAMPLE["model"],
        "status": "queued",
        "progress": 0,
        "created_at": 1787227200,
        "completed_at": None,
        "expires_at": None,
        "error": None,
        "prompt": CREATE_EXAMPLE["prompt"],
        "remixed_from_video_id": None,
        "seconds": 5,
        "size": "720p",
        "nativeResponseId": None,
        "provider": "alibaba",
        "meta": {},
    }


def test_ids_are_ulids_and_differ(world):
    w = world()
    first, second = w.create(), w.create()
    assert first != second
    assert first.startswith("G-01M0FGNPG0")
    assert len(first) == 28


def test_a_model_is_optional_and_means_sora(world):
    w = world()
    w.request("POST", "/v1/videos", {"prompt": "x"})
    assert w.last_answer().body["model"] == "sora-2"
    assert w.last_answer().body["seconds"] == "4"


def test_seconds_and_samples_set_the_price(world):
    w = world()
    seen = w.get(w.create(model="openai/sora-2", duration=12, sample_count=2))
    assert seen["seconds"] == "12"
    assert seen["billing"]["estimated_user_cost"] == "2.40"
    body = {"model": "runway/gen4.5", "prompt": "x", "seconds": "8", "resolution": "1080p", "generate_audio": True}
    w.request("POST", "/v1/videos", body)
    seen = w.get(w.last_answer().body["id"])
    assert seen["seconds"] == 8
    assert seen["size"] == "1080p"
    assert seen["audio"] is True


@pytest.mark.parametrize("name", ["", "  "])
def test_an_empty_model_is_required(world, name):
    w = world()
    w.request("POST", "/v1/videos", {"model": name, "prompt": "x"})
    assert w.reason() == (400, "model_required")


def test_an_unknown_model_is_unsupported(world):
    w = world()
    w.request("POST", "/v1/videos", {"model": "films", "prompt": "x"})
    status, body = w.last_answer()
    assert status == 400
    assert body["error"] == "unsupported_model_or_endpoint"
    assert body["model"] == "films"
    assert body["description"]


def test_validation_errors_come_with_details(world):
    w = world()
    w.request("POST", "/v1/videos", {"prompt": 5, "colour": "red"})
    status, body = w.last_answer()
    assert status == 400
    assert body["error"] == "validation_error"
    assert body["status_code"] == 400
    assert body["details"] == [
        {
            "message": "Expected string, received number",
            "path": ["prompt"],
            "keyword": "invalid_type",
            "params": {"expected": "string", "received": "number"},
        },
        {
            "message": "Unrecognized key(s) in object: 'colour'",
            "path": [],
            "keyword": "unrecognized_keys",
            "params": {"keys": ["colour"]},
        },
    ]


def test_what_is_no_json_or_no_object(world):
    w = world()
    for body, error in ((b"{", "invalid_json"), (b"", "invalid_json"), (b"[]", "validation_error")):
        w.request("POST", "/v1/videos", body)
        assert w.last_answer().status == 400
        assert w.last_answer().body["error"] == error
    assert w.last_answer().body["details"][0]["keyword"] == "invalid_type"


GOOD = [
    {"prompt": "x" * 32_000},
    {"prompt": "x", "seed": -5, "negative_prompt": "", "enhance_prompt": False, "compression_quality": 100},
    {"prompt": "x", "duration": 5.0, "resolution": "720p", "aspect_ratio": "16:9"},
    {"prompt": "x", "size": "1280x720", "person_generation": "allow", "resize_mode": "pad"},
    {"input_reference": {"image_url": "https://a.example/cat.png"}},
    {"prompt": "x", "input_reference": {"file_id": "file_1"}},
    {"input_references": [image(role="first_frame")]},
    {"prompt": "x", "provider_params": {"motion": 5}, "provider": {"only": ["runway"]}, "routing": {}},
    {"prompt": "x", "debug": True, "beta": ["y"], "output": {"access": "bytes"}},
    {"prompt": "x", "output": {}},
]


@pytest.mark.parametrize("body", GOOD)
@pytest.mark.parametrize("traits", [JUNE, NEWEST])
def test_accepted(body, traits):
    assert find_issues(body, traits) == []


BAD = [
    ({"prompt": "x" * 32_001}, ["prompt"], "too_big"),
    ({"prompt": None}, ["prompt"], "invalid_type"),
    ({}, ["prompt"], "custom"),
    ({"prompt": " "}, ["prompt"], "custom"),
    ({"model": 1, "prompt": "x"}, ["model"], "invalid_type"),
    ({"prompt": "x", "seconds": 4}, ["seconds"], "invalid_type"),
    ({"prompt": "x", "seconds": "5"}, ["seconds"], "invalid_enum_value"),
    ({"prompt": "x", "duration": 0}, ["duration"], "too_small"),
    ({"prompt": "x", "duration": 121}, ["duration"], "too_big"),
    ({"prompt": "x", "duration": 1.5}, ["duration"], "invalid_type"),
    ({"prompt": "x", "duration": True}, ["duration"], "invalid_type"),
    ({"prompt": "x", "seed": "1"}, ["seed"], "invalid_type"),
    ({"prompt": "x", "sample_count": 5}, ["sample_count"], "too_big"),
    ({"prompt": "x", "generate_audio": 1}, ["generate_audio"], "invalid_type"),
    ({"prompt": "x", "size": "a", "resolution": "b"}, ["size"], "custom"),
    ({"prompt": "x", "size": "a", "aspect_ratio": "b"}, ["size"], "custom"),
    ({"prompt": "x", "output": {"access": "none"}}, ["output", "access"], "invalid_enum_value"),
    ({"prompt": "x", "output": {"a": 1}}, ["output"], "unrecognized_keys"),
    ({"prompt": "x", "output": []}, ["output"], "invalid_type"),
    ({"prompt": "x", "provider": []}, ["provider"], "invalid_type"),
    ({"prompt": "x", "provider_params": {"seed": 1}}, ["provider_params", "seed"], "custom"),
    ({"input_reference": {"file_id": "a", "image_url": "b"}}, ["input_reference"], "custom"),
    ({"input_reference": {}}, ["input_reference"], "custom"),
    ({"input_reference": "a"}, ["input_reference"], "invalid_type"),
    ({"input_references": {}}, ["input_references"], "invalid_type"),
    ({"input_references": [image("http://a.example/")]}, ["input_references", 0, "image_url", "url"], "invalid_string"),
    ({"input_references": [image(5)]}, ["input_references", 0, "image_url", "url"], "invalid_type"),
    ({"input_references": [image(role="hero")]}, ["input_references", 0, "role"], "invalid_enum_value"),
    ({"input_references": [{"type": "image_url"}]}, ["input_references", 0, "image_url"], "invalid_type"),
    ({"input_references": ["a"]}, ["input_references", 0], "invalid_type"),
]


@pytest.mark.parametrize(("body", "path", "keyword"), BAD)
@pytest.mark.parametrize("traits", [JUNE, NEWEST])
def test_refused(body, path, keyword, traits):
    found = find_issues(body, traits)
    assert (path, keyword) in [(entry["path"], entry["keyword"]) for entry in found]
    assert all(entry["message"] and isinstance(entry["params"], dict) for entry in found)


def keywords(body, traits):
    return [(entry["path"][-1] if entry["path"] else "", entry["keyword"]) for entry in find_issues(body, traits)]


def test_videos_and_audio_as_inputs_since_the_newest_era():
    sound = {"prompt": "x", "input_references": [{"type": "audio_url", "media_url": {"url": "https://a.example/a"}}]}
    lengths = {"prompt": "x", "input_video_duration": 0.5, "input_audio_duration": 20}
    assert find_issues(sound, NEWEST) == []
    assert find_issues(lengths, NEWEST) == []
    assert ("type", "invalid_enum_value") in keywords(sound, JUNE)
    assert keywords(lengths, JUNE) == [("", "unrecognized_keys")]
    assert keywords({"prompt": "x", "input_video_duration": 0}, NEWEST) == [("input_video_duration", "too_small")]
    assert keywords({"prompt": "x", "input_audio_duration": 1}, NEWEST) == [("input_audio_duration", "too_small")]
    assert keywords({"input_references": [{"type": "video_url"}]}, NEWEST) == [("media_url", "invalid_type")]


def test_webhooks_by_address_and_later_by_endpoint():
    def hook(**fields):
        return {"prompt": "x", "webhook": fields}

    address = hook(url="https://a.example/hook", secret="whsec_1", events=["video.completed", "what"])
    endpoint = hook(endpoint_id="we_1", events=["completed"])
    assert find_issues(address, JUNE) == []
    assert find_issues(endpoint, NEWEST) == []
    assert find_issues(hook(url="http://localhost:9/x", more=1), JUNE) == []
    assert find_issues(hook(url="https://a.example", events=[]), JUNE) == []
    assert find_issues(hook(url="HTTP://LOCALHOST:9/x"), JUNE) == find_issues(hook(url="Https://A.example"), JUNE) == []
    assert keywords(hook(url="http://10.0.0.1/"), JUNE) == [("url", "invalid_string")]
    assert keywords(hook(url="https://a.example/", events=["what"]), JUNE) == [("events", "custom")]
    assert keywords(hook(events=[1]), JUNE) == [(0, "invalid_type")]
    assert keywords(address, NEWEST) == [("endpoint_id", "invalid_type"), ("webhook", "unrecognized_keys")]
    assert "job.status_changed" in EVENT_NAMES
    assert "video.canceled" in EVENT_NAMES


class TestForms:
    """The service reads forms, as OpenAI's clients send them; a value is a text unless it may be JSON."""

    @staticmethod
    def post(w, body, content_type="application/x-www-form-urlencoded"):
        return w.request("POST", "/v1/videos", body, headers={**w.KEY, "content-type": content_type})

    @pytest.mark.parametrize("date", [era.date for era in VENDOR.eras if TRAITS[era.date].has_video_routes])
    def test_in_every_era(self, world, date):
        w = world(date)
        answer = self.post(w, b"model=openai/sora-2&prompt=A+pier&seconds=8&size=1280x720")
        assert answer.status in (200, 202)
        job = w.store.job("video", json_of(answer)["id"])
        assert job.spec["prompt"] == "A pier"
        assert job.spec["seconds"] == 8
        assert job.spec["size"] == "1280x720"

    def test_a_multipart_body_may_have_a_file_in_place_of_a_prompt(self, world):
        parts = (
            b'--X\r\nContent-Disposition: form-data; name="model"\r\n\r\nsora-2\r\n'
            b'--X\r\nContent-Disposition: form-data; name="input_reference"; filename="a.png"\r\n'
            b"Content-Type: image/png\r\n\r\n\x89PNG\r\n\x00\r\n--X--\r\n"
        )
        assert self.post(world(), parts, "multipart/form-data; boundary=X").status == 200

    def test_an_input_reference_may_be_json(self, world):
        assert self.post(world(), b'model=sora-2&input_reference={"file_id":"file-1"}').status == 200
        w = world()
        self.post(w, b"model=sora-2&prompt=x&input_reference=file-1")
        assert w.last_answer().body["details"][0]["path"] == ["input_reference"]

    def test_a_number_stays_a_text_and_is_refused(self, world):
        w = world()
        self.post(w, b"model=sora-2&prompt=x&duration=8")
        assert w.last_answer().body["details"][0]["message"] == "Expected number, received string"

    @pytest.mark.parametrize(
        ("body", "content_type"),
        [
            (b"x", "multipart/form-data; boundary=X"),
            (b"x", "multipart/form-data"),
            (b"a=\xff", "application/x-www-form-urlencoded"),
        ],
    )
    def test_a_body_that_is_no_form_is_invalid_json_as_any_other(self, world, body, content_type):
        w = world()
        self.post(w, body, content_type)
        assert w.reason() == (400, "invalid_json")

    def test_other_routes_accept_none(self, world):
        w = world()
        headers = {**w.KEY, "content-type": "application/x-www-form-urlencoded"}
        w.request("POST", f"/v1/videos/{w.create()}/download_url", b"index=0", headers=headers)
        assert w.reason() == (400, "invalid_video_download_request_body")
