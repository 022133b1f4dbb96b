"""What is said of a pack whose form has problems: the names in what can be read, and nothing that may be right."""

from collections.abc import Iterator

import pytest

from mockserver.packs.pack import problems_of_meaning, read_pack
from mockserver.packs.readable import ReadablePart
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node
from tests.support.packs import ATELIER_FILE, changed_text, problems_of

WRONG_ROLE = ("ping: {role: other", "ping: {role: othr")
PACK = read_pack(ATELIER_FILE)
STRIDE = 11
"""Each so manieth part of the atelier is broken: all of them would take a minute."""


def codes_of(*replacements: tuple[str, str]) -> list[str]:
    return [problem.split()[1] for problem in problems_of(changed_text(*replacements))]


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ("number: $number", "number: $nuber", "PCK001"),
        ("cut: $entered.cutting?", "cut: $entered.cuting?", "PCK001"),
        ("terminal: [done, broken", "terminal: [doen, broken", "PCK002"),
        ("- waiting: 2s", "- wating: 2s", "SCN043"),
        ("broken: {refuse: too_late}", "broken: {refuse: to_late}", "PCK003"),
        ("There is no frame ${path.id}.", "There is no frame ${path.frame}.", "PCK026"),
    ],
)
def test_wrong_names_are_reported_beside_problems_of_the_form(right, wrong, code):
    without_page = ("page: {page:", "page: {pages:")
    found = codes_of((right, wrong), without_page)
    assert code in found
    assert "SCN020" in found


def test_names_that_a_left_out_part_may_define_are_not_reported():
    assert codes_of(("  too_late: {status: 409", "  too_late: {status: bad")) == ["SCN022"]
    assert codes_of(("    states: [waiting,", "    stats: [waiting,")) == ["SCN020"]


def test_a_create_that_is_left_out_may_have_other_fields_than_the_rest():
    assert codes_of(("  create_plain:\n    role: create", "  create_plain:\n    role: crate")) == ["SCN025"]


def test_of_a_pack_that_lacks_a_section_only_the_form_is_reported():
    assert codes_of(("title: Atelier\n", ""), ("number: $number", "number: $nuber")) == ["SCN021"]


def inner_nodes(node: Node) -> Iterator[Node]:
    for inner in (*node.items, *(value for _, value in node.entries)):
        yield inner
        yield from inner_nodes(inner)


def test_whatever_is_left_out_causes_no_problem_of_a_name():
    nodes = list(dict.fromkeys(node for root in PACK.roots.values() for node in inner_nodes(root)))
    caused = {}
    for node in nodes[::STRIDE]:
        diagnostics = Diagnostics("pack.yaml", PACK.diagnostics.text)
        diagnostics.add("SCN022", "broken", node)
        readable = ReadablePart(PACK.roots.items(), diagnostics)
        found = readable.certain(problems_of_meaning(PACK._replace(roots=readable.roots)))
        caused.update({node.pointer: found} if found else {})
    assert caused == {}
