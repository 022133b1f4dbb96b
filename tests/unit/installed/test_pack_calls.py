"""The calls of a pack, read from its text."""

import os

import pytest

from mockserver.data import data_folder
from mockserver.installed import installed_vendors
from mockserver.installed.pack_calls import has_call
from mockserver.packs.pack import compile_pack

PACK = """\
operations:
  create: {role: create, call: POST /pots, answer: {status: 201}}
  get:
    call: GET /pots/{id}
  submit: {call: "POST /{owner}/{app}"}
  cancel:
    call: "PUT /{owner}/{app}/requests/{id}/cancel"  # a comment
"""


@pytest.fixture
def pack(tmp_path):
    path = tmp_path / "pottery.yaml"
    path.write_text(PACK)
    return path


@pytest.mark.parametrize(
    ("method", "path", "fits"),
    [
        ("POST", "/pots", True),
        ("GET", "/pots/7", True),
        ("PUT", "/a/b/requests/7/cancel", True),
        ("GET", "/pots", False),
        ("GET", "/pots/", False),
        ("GET", "/pots/7/", False),
        ("GET", "/jugs/7", False),
        ("POST", "/any/thing", False),
    ],
)
def test_a_call_is_found_in_the_text(pack, method, path, fits):
    assert has_call(pack, method, path) is fits


def test_a_changed_pack_is_read_again(pack):
    assert not has_call(pack, "POST", "/jugs")
    pack.write_text(PACK.replace("/pots", "/jugs"))
    os.utime(pack, ns=(1, 1))
    assert has_call(pack, "POST", "/jugs")


def test_a_file_that_cannot_be_read_has_no_call(tmp_path):
    (tmp_path / "latin.yaml").write_bytes(b"call: GET /pots # \xff")
    assert not has_call(tmp_path / "absent.yaml", "GET", "/pots")
    assert not has_call(tmp_path / "latin.yaml", "GET", "/pots")


@pytest.mark.parametrize("path", sorted(data_folder("vendors").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_call_of_a_bundled_pack_is_found(path):
    text = path.read_text(encoding="utf-8")
    operations = [each for each in compile_pack(path).eras[-1].operations if f"{each.method} {each.path}" in text]
    assert len(operations) >= 4
    for operation in operations:
        is_telling = any(not segment.startswith("{") for segment in operation.path.split("/")[1:])
        called = operation.path.replace("{", "").replace("}", "")
        assert has_call(path, operation.method, called) == is_telling, operation.name


def test_only_packs_that_wait_are_asked():
    vendors = installed_vendors()
    assert vendors.waiting_with_call("POST", "/v1/videos") == []
    assert vendors.waiting_with_call("POST", "/v1/image_to_video") == ["runway"]
