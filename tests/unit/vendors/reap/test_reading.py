"""Reading: the project and its status, clips and files, lists and their pages."""

from itertools import pairwise

import pytest

from mockserver.core.instants import SECOND
from mockserver.vendors.api import build_timeline
from mockserver.vendors.reap.requests import CREATE_FIELDS
from mockserver.vendors.script import Script, SeededJob

PAGE_KEYS = """
    id title thumbnail billedDuration status projectType source genre topics clipDurations selectedStart selectedEnd
    reframeClips exportResolution exportOrientation captionsPreset enableCaptions enableEmojis enableHighlights
    language dubbingLanguage translateTranscription translationLanguages transcriptionScript metadata urls createdAt
    updatedAt
"""
UPLOAD_ID = "65f1a2b3c4d5e6f7a8b9c0d1"
UNKNOWN = "0" * 24


def done(world, name="create-clips", **body):
    """A completed project's id."""
    project_id = world.create(name, **body)
    world.elapsed += 30
    return project_id


class TestProject:
    def test_it_has_every_key_of_the_page_and_no_other(self, world):
        project_id = world.create()
        assert sorted(world.details(project_id)) == sorted(PAGE_KEYS.split())

    def test_the_status_has_four_keys(self, world):
        project_id = world.create()
        assert world.get("get-project-status", projectId=project_id).body == {
            "projectId": project_id,
            "projectType": "clipping",
            "source": "Generic",
            "status": "queued",
        }

    def test_metadata_comes_with_the_source(self, world):
        project_id = world.create()
        assert world.details(project_id)["metadata"] == {}
        world.elapsed = 2
        assert len(world.details(project_id)["metadata"]) == 14
        world.cancel(project_id)
        assert len(world.details(project_id)["metadata"]) == 14

    def test_times_are_unix_seconds(self, world):
        world.elapsed = 1.9
        assert world.details(world.create())["createdAt"] == 1783425601

    @pytest.mark.parametrize(
        ("name", "keys"),
        [
            ("create-clips", ["videoFile"]),
            ("create-captions", ["videoFile", "srt"]),
            ("create-reframe", ["videoFile"]),
            ("create-dubbing", ["videoFile"]),
            ("create-transcription", ["videoFile", "srt", "vtt", "csv", "txt"]),
        ],
    )
    def test_urls_appear_when_it_is_completed(self, world, name, keys):
        extra = {"sourceLanguage": "en", "targetLanguage": "fr"} if name == "create-dubbing" else {}
        source = {"uploadId": UPLOAD_ID} if name == "create-reframe" else {}
        project_id = world.create(name, **extra, **source)
        assert world.details(project_id)["urls"] == {}
        world.elapsed = 30
        urls = world.details(project_id)["urls"]
        assert list(urls) == keys
        assert all(world.follow(url).status == 200 for url in urls.values())


class TestClips:
    def test_there_are_none_before_the_project_is_completed(self, world):
        project_id = world.create()
        for now in (0, 2, 5, 20):
            world.elapsed = now
            empty = {"clips": [], "currentPage": 1, "totalPages": 0, "totalClips": 0}
            assert world.get("get-project-clips", projectId=project_id).body == empty

    @pytest.mark.parametrize("seed", "abcdef")
    def test_there_are_three_to_five_within_the_window(self, make_world, seed):
        world = make_world(seed=seed)
        clips = world.clips(done(world, selectedStart=100, selectedEnd=190))
        assert 3 <= len(clips) <= 5
        assert all(100 <= clip["startTime"] < clip["endTime"] <= 190 for clip in clips)
        assert all(clip["duration"] == clip["endTime"] - clip["startTime"] for clip in clips)
        assert all(before["endTime"] <= after["startTime"] for before, after in pairwise(clips))
        assert all(0 <= clip["viralityScore"] <= 10 for clip in clips)
        assert len({clip["id"] for clip in clips}) == len(clips)

    def test_the_same_seed_makes_the_same_clips(self, make_world):
        one, same, other = (world.clips(done(world)) for world in (make_world(seed=seed) for seed in ("a", "a", "b")))
        assert one == same
        assert one != other

    def test_topics_are_those_that_were_asked_for(self, world):
        clips = world.clips(done(world, topics=["Pricing", "Roadmap"]))
        assert {clip["topic"] for clip in clips} == {"Pricing", "Roadmap"}

    def test_their_shape_is_the_exports(self, world):
        shapes = {"landscape": (1920, 1080), "portrait": (1080, 1920), "square": (1080, 1080)}
        for orientation, shape in shapes.items():
            clips = world.clips(done(world, exportResolution=1080, exportOrientation=orientation, language="fr"))
            metadata = clips[0]["metadata"]
            assert (metadata["width"], metadata["height"]) == shape
            assert clips[0]["language"] == "fr"

    def test_they_say_how_the_project_was_exported(self, world):
        exported = {
            "translateTranscription": True,
            "translationLanguages": ["fr"],
            "dubbingLanguage": None,
            "transcriptionScript": "roman",
            "reframeClips": True,
            "exportResolution": 1080,
            "exportOrientation": "square",
            "captionsPreset": "system_beasty",
            "enableCaptions": True,
            "enableEmojis": True,
            "enableHighlights": False,
        }
        asked = {key: exported[key] for key in exported if key in CREATE_FIELDS["clipping"]}
        for clip in world.clips(done(world, **asked, translationLanguage="fr")):
            assert {key: clip[key] for key in exported} == exported
        [dubbed] = world.clips(done(world, "create-dubbing", sourceLanguage="en", targetLanguage="de"))
        assert dubbed["language"] == "en"
        assert dubbed["dubbingLanguage"] == "de"
        assert dubbed["captionsPreset"] is None

    @pytest.mark.parametrize(("name", "total"), [("create-captions", 1), ("create-transcription", 0)])
    def test_other_projects_have_one_clip_or_none(self, world, name, total):
        project_id = done(world, name)
        clips = world.clips(project_id)
        assert len(clips) == total
        assert all(clip["duration"] == world.details(project_id)["metadata"]["duration"] for clip in clips)

    def test_one_clip(self, world):
        project_id = done(world)
        for clip in world.clips(project_id):
            assert world.get("get-clip-details", projectId=project_id, clipId=clip["id"]).body == clip
        answer = world.get("get-clip-details", projectId=project_id, clipId=UNKNOWN)
        assert answer.status == 404
        assert answer.error_reason == "Clip not found"

    def test_pages(self, world):
        project_id = done(world)
        clips = world.clips(project_id)
        pages = [
            world.get("get-project-clips", projectId=project_id, page=page, pageSize=2).body
            for page in range(1, len(clips) + 1)
        ]
        assert [clip for page in pages for clip in page["clips"]] == clips
        assert {(page["totalPages"], page["totalClips"]) for page in pages} == {(-(-len(clips) // 2), len(clips))}
        assert [page["currentPage"] for page in pages] == list(range(1, len(clips) + 1))


class TestFiles:
    def test_every_clip_can_be_fetched_without_a_key(self, world):
        for clip in world.clips(done(world)):
            file = world.follow(clip["clipUrl"])
            assert file.status == 200
            assert file.response.header("content-type") == "video/mp4"
            assert file.body[4:8] == b"ftyp"

    def test_a_project_has_a_thumbnail_from_the_start(self, world):
        file = world.follow(world.details(world.create())["thumbnail"])
        assert file.status == 200
        assert file.body.startswith(b"\x89PNG")

    def test_what_is_not_there(self, world):
        project_id = world.create("create-captions")
        early = f"http://test/s/unit/media/{project_id}?file=captions.srt"
        assert world.follow(early).status == 404
        world.elapsed = 30
        assert world.follow(early).status == 200
        assert world.follow(f"http://test/s/unit/media/{UNKNOWN}").status == 404
        for name in ("", "..%2Fpasswd", "captions", "other.mp4"):
            assert world.follow(f"http://test/s/unit/media/{project_id}?file={name}").status == 404


class TestList:
    def test_newest_first_in_pages(self, world):
        made = []
        for _ in range(5):
            made.append(world.create())
            world.elapsed += 1
        pages = [world.get("get-all-projects", page=page, pageSize=2).body for page in (1, 2, 3, 4)]
        listed = [[project["id"] for project in page["projects"]] for page in pages]
        assert listed == [made[:2:-1], made[2:0:-1], made[:1], []]
        assert {(page["totalPages"], page["totalProjects"]) for page in pages} == {(3, 5)}

    def test_an_entry_is_the_project(self, world):
        project_id = world.create()
        assert world.get("get-all-projects").body["projects"] == [world.details(project_id)]

    def test_a_page_far_out(self, world):
        world.create()
        body = world.get("get-all-projects", page=999_999_999, pageSize=100).body
        assert body["projects"] == []
        assert body["currentPage"] == 999_999_999

    @pytest.mark.parametrize(
        ("query", "kind"),
        [
            ({"page": 0}, "greater_than_equal"),
            ({"page": -5}, "greater_than_equal"),
            ({"pageSize": 101}, "less_than_equal"),
            ({"page": "two"}, "int_parsing"),
            ({"page": ""}, "int_parsing"),
            ({"page": 10**30}, "int_parsing"),
        ],
    )
    def test_pages_that_are_none(self, world, query, kind):
        answer = world.get("get-all-projects", **query)
        assert answer.status == 422
        (error,) = answer.body["detail"]
        assert error["loc"] == ["query", next(iter(query))]
        assert error["type"] == kind

    def test_seeded_projects_are_in_it(self, make_world):
        timeline = build_timeline(("completed", None))
        world = make_world(Script(jobs=(SeededJob(id=UPLOAD_ID, timeline=timeline, age=5 * SECOND),)))
        (project,) = world.get("get-all-projects").body["projects"]
        assert project["id"] == UPLOAD_ID
        assert project["status"] == "completed"


class TestUnknown:
    @pytest.mark.parametrize("project_id", [UNKNOWN, "", "nonsense", "é"])
    def test_every_read_is_a_404(self, world, project_id):
        for name in ("get-project-status", "get-project-details", "get-project-clips", "get-clip-details"):
            answer = world.get(name, projectId=project_id, clipId=UNKNOWN)
            assert answer.status == 404
            assert answer.error_reason == "Project not found"

    def test_so_is_every_command(self, world):
        assert world.cancel(UNKNOWN).status == 404
        assert world.delete(UNKNOWN).status == 404
        assert world.post("update-project", {"projectId": UNKNOWN, "title": "x"}).status == 404

    @pytest.mark.parametrize("name", ["get-project-status", "get-project-details", "get-project-clips"])
    def test_the_id_is_required(self, world, name):
        answer = world.get(name)
        assert answer.body == {"detail": [{"loc": ["query", "projectId"], "msg": "Field required", "type": "missing"}]}
        assert answer.status == 422

    @pytest.mark.parametrize("value", [None, 5, True, [], {}, 1.5])
    def test_the_id_is_a_text(self, world, value):
        for name, rest in (("cancel-project", {}), ("update-project", {"title": "x"})):
            answer = world.post(name, {"projectId": value, **rest})
            assert answer.status == 422
            assert answer.error_reason == "Input should be a valid string"
        assert world.post("update-project", {"projectId": UNKNOWN, "title": value}).status == 422

    def test_a_body_without_it(self, world):
        for name in ("cancel-project", "update-project"):
            assert world.post(name, {}).status == 422
