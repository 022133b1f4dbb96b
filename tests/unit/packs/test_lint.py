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
        ("  wood: {$first", "  glue: 5\n  wood: {$first", ["PCK025 the part 'glue' is never used"]),
        ("    kinds: {frame: {body: {price: {amount: $ledger.total}, notes: $absent}}}\n", "",
         ["PCK023 the era of 2026-06-01 is the same as the one before it"]),
        (BATCH_BODY,
         "body: {$by: $state, sent: {id: $id}, $live: {id: $id}}", ["PCK024 the body has no case for stopped, late"]),
        (BATCH_BODY,
         "body: {$by: $state, else: {id: $id}}", []),
        (BATCH_BODY,
         "body: {$by: $request.x, else: {id: $id}}", []),
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
