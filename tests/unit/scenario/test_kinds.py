"""A second kind of job is scripted exactly as the first."""

import pytest

from mockserver.core.instants import SECOND

OLD = "acme@2026-01-01"


def test_fields_belong_to_the_kind_that_they_name(compiled):
    assert compiled("fields: {size: s}\n").script.fields == {"video": {"size": "s"}}
    listed = "fields: [{kind: batch, fields: {size: l}}, {fields: {size: s}}, {kind: batch, fields: {note: n}}]\n"
    assert compiled(listed).script.fields == {"batch": {"size": "l", "note": "n"}, "video": {"size": "s"}}


def test_items_belong_to_the_kind_that_they_name(compiled):
    items = compiled("items: [{for: 1s}, {kind: batch, for: 2s}]\n").script.items
    assert [(item.kind, item.work) for item in items] == [("batch", (SECOND, SECOND)), ("batch", (2 * SECOND,) * 2)]


def test_a_step_without_an_operation_is_about_the_kind_that_it_names(compiled):
    text = """play:
      - create:
      - create_batch:
      - {kind: batch, at: 1s after running, move: done}
      - {at: 2s, kind: batch, together: [{kind: batch, call: {path: '/batches/{job}'}}, get_batch: ]}
"""
    play = compiled(text).play
    assert [step.kind for step in play] == ["", "", "batch", "batch"]
    assert [member.kind for member in play[-1].together] == ["batch", ""]


@pytest.mark.parametrize(
    ("text", "vendor", "expected"),
    [
        ("fields: [{kind: bath, fields: {}}]\n", "acme", ["SCN042"]),
        ("fields: [{kind: batch}]\n", "acme", ["SCN021"]),
        ("fields: [{kind: batch, fields: {status: done}}]\n", "acme", ["SCN074"]),
        ("items: [{kind: bath}]\n", "acme", ["SCN042"]),
        ("items: [{kind: video}]\n", "acme", ["SCN050"]),
        ("play: [create: , {kind: batch, move: done}]\n", "acme", ["SCN058"]),
        ("play: [create: , {kind: video, get: }]\n", "acme", ["SCN064"]),
        ("play: [create: , {kind: vidoe, move: completed}]\n", "acme", ["SCN042"]),
        ("fields: [{kind: still, fields: {a: 1}}]\n", OLD, ["SCN086"]),
        ("jobs: [{kind: still}]\nfields: [{kind: still, fields: {a: 1}}]\n", OLD, []),
        ("jobs: [{kind: still}]\ncancel: {kind: still, race: completes-first}\n", OLD, ["SCN086"]),
        ("play: [{kind: still, move: ready}]\n", OLD, ["SCN058"]),
        ("limits: {active: 2}\n", OLD, ["SCN087"]),
        ("limits: {active: 2}\n", "acme", []),
        ("limits: {active: off}\n", OLD, []),
    ],
)
def test_a_line_that_reaches_nothing_is_reported(codes, text, vendor, expected):
    assert codes(text, vendor) == expected
