"""What a pack says without any effect, and what `pack show` prints of it."""

from pathlib import Path

import pytest

from mockserver.packs.lint import pack_problems
from mockserver.packs.pack import compile_pack
from mockserver.packs.tables_text import table_lines
from tests.support.packs import ATELIER, ATELIER_FILE, changed_text

BATCH_CANCEL = """\
    cancel:
      open|packing: {accept: stopping}
      stopping: {unchanged: true}
      sent|stopped|late: {refuse: busy}
"""
BATCH_BODY = "body: {id: $id, state: $state, total: $count.total, fine: $count.fine, spoilt: $count.spoilt}"


def codes(text: str) -> list[str]:
    """Return the problems of a pack as `CODE message`."""
    return [f"{problem.code} {problem.message}" for problem in pack_problems(text, "pack.yaml")]


def test_the_atelier_has_no_problem():
    assert pack_problems(ATELIER_FILE) == []


@pytest.mark.parametrize(
    ("right", "wrong", "problems"),
    [
        ("lost]\n    terminal", "lost, sold]\n    terminal",
         ["PCK020 no move, cancel or deadline leads to the state sold", "PCK022 the cancel table has no row for sold"]),
        ("      broken: {refuse: too_late}\n", "", ["PCK022 the cancel table has no row for broken"]),
        ("  full: {status: 429,", "  spare: {status: 429}\n  full: {status: 429,", []),
        ("  full: {status: 429,", "  spare: {status: 500}\n  full: {status: 429,",
         ["PCK021 the error 'spare' is never used"]),
        ("  invalid: {status: 422,", "  spare: {status: 409}\n  invalid: {status: 422,",
         ["PCK021 the error 'spare' is never used"]),
        ("  full: {status: 429,", "  late: {status: 429, for: [no job]}\n  full: {status: 429,",
         ["PCK030 the error 'missing' answers `no job` already"]),
        ("      request: frames\n", "      request: frame\n",
         ["PCK026 the creates of crate have no field 'frame' (did you mean 'frames'?)"]),
        ("  wood: {$first", "  glue: 5\n  wood: {$first", ["PCK025 the part 'glue' is never used"]),
        ("    kinds: {frame: {body: {price: {amount: $ledger.total}, notes: $absent}}}\n", "",
         ["PCK023 the era of 2026-06-01 is the same as the one before it"]),
        (BATCH_BODY,
         "body: {$by: $state, sent: {id: $id}, $live: {id: $id}}", ["PCK024 the body has no case for stopped, late"]),
        (BATCH_BODY,
         "body: {$by: $state, else: {id: $id}}", []),
        (BATCH_BODY,
         "body: {$by: $request.frames, else: {id: $id}}", []),
        (BATCH_CANCEL, "    cancel: null\n", []),
    ],
)  # fmt: skip
def test_what_has_no_effect_is_reported(right, wrong, problems):
    text = changed_text((right, wrong))
    if wrong.strip() == "{}":
        text = text.replace(
            "    cancel:\n      {}\n    deadlines:\n      day", "    cancel: null\n    deadlines:\n      day"
        )
    assert codes(text) == problems


def test_a_pack_that_cannot_be_loaded_has_the_problems_of_the_loader():
    assert codes(changed_text(("title: Atelier\n", ""))) == ["SCN021 the key `title` is missing"]
    assert pack_problems(Path("nowhere.yaml"))[0].code == "SCN001"


def test_the_tables_are_printed_by_topic():
    lines = "\n".join(table_lines(ATELIER.eras[-1]))
    assert "frame, waiting: accepted, then scrapped (documented)" in lines
    assert "frame, scrapped: answered as before, and nothing changes (no source)" in lines
    assert "frame, done: the job is deleted (inferred)" in lines
    assert "lost 1h after its creation" in lines
    without_default = compile_pack(changed_text(("        after: 1h\n        request", "        request")))
    assert "lost as long as its request says after its creation" in "\n".join(table_lines(without_default.eras[0]))


@pytest.mark.parametrize(
    ("accept", "deadline", "found"),
    [
        ("stopping", "", ["PCK031 an accepted cancel leaves the job in 'stopping' for ever"]),
        ("[stopping: 5s, stopped]", "", []),
        ("stopping", "deadlines: {late: {from: created, after: 1h, states: {stopping: stopped}}}", []),
    ],
)
def test_a_cancel_that_no_job_gets_over_is_reported(accept, deadline, found):
    pack = f"""\
pack: 1
vendor: post
title: Post
ids: {{letter: {{form: uuid}}}}
eras: {{2026-11-02: {{summary: One.}}}}
kinds:
  letter:
    id: letter
    states: [open, stopping, stopped]
    terminal: [stopped]
    moves: {{open: [stopped], stopping: [stopped]}}
    course: [open: 3s, stopped]
    cancel: {{open: {{accept: {accept}}}, stopping: {{unchanged: true}}, stopped: {{unchanged: true}}}}
    {deadline}
    body: {{id: $id, status: $state}}
    example: {{}}
operations:
  get: {{role: read, call: "GET /letters/{{id}}", answer: {{body: $job}}}}
errors:
  shape: {{error: $error.message}}
"""
    assert codes(pack) == found


FRAME_REQUEST = (
    "  create_plain:\n    role: create\n    kind: frame\n",
    "  create_plain:\n    role: other\n    id: none\n    kind: crate\n",
)
"""Leaves the frame with creates that all have fields."""
PLAIN_ANSWER = ("answer: {body: {id: $id, key: $key,", "answer: {body: {key: $key,")


def named_mistakes(*changes: tuple[str, str]) -> list[str]:
    """Return the problems with names of members, without what is known."""
    return [each.partition(";")[0] for each in codes(changed_text(*changes)) if each.startswith("PCK026")]


def test_a_field_that_no_create_has_is_reported_unless_a_create_takes_anything():
    assert named_mistakes() == []
    assert set(named_mistakes(FRAME_REQUEST, PLAIN_ANSWER)) == {"PCK026 `$request.none` has no value here"}


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        ("There is no frame ${path.id}.", "There is no frame ${path.frame}.", "`$path.frame`"),
        ("remember: {studio: $path.studio,", "remember: {studio: $path.studios,", "`$path.studios`"),
        ("shape: {code: $error.code?,", "shape: {code: $error.kode?,", "`$error.kode`"),
        ("headers: {X-Error: $error.code}", "headers: {X-Error: $error.cod}", "`$error.cod`"),
        ("message: Come back later.", "message: $error.code", "`$error.code`"),
        ("  wood: {$first: [$request.wood, oak]}", "  wood: {$first: [$request.wood, $path.x]}", ""),
    ],
)
def test_a_member_that_nothing_has_at_its_place_is_reported(right, wrong, problem):
    assert named_mistakes((right, wrong)) == ([f"PCK026 {problem} has no value here"] if problem else [])


def test_two_operations_of_one_call_are_reported_whatever_their_parameters_are_called():
    get = '  get: {role: read, call: "GET /v1/frames/{id}", answer: {body: $job}'
    again = get.replace("get:", "again:").replace("{id}", "{frame}")
    text = changed_text((get, f"{again}}}\n{get}"))
    assert "PCK027 the operation 'again' has the call GET /v1/frames/{id} already" in codes(text)


def test_an_alphabet_that_is_nearly_a_name_is_reported():
    assert codes(changed_text(("alphabet: base58", "alphabet: base85"))) == [
        "PCK029 the alphabet is the characters 'base85' (did you mean 'base58'?)"
    ]


def test_a_pack_is_named_after_its_file(tmp_path):
    (tmp_path / "frames.yaml").write_text(ATELIER_FILE.read_text())
    (problem,) = pack_problems(tmp_path / "frames.yaml")
    assert problem.message == "the vendor is called 'atelier', and the file 'frames'"
    assert problem.hint == "Write `vendor: frames`, or name the file atelier.yaml."
