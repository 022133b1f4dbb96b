"""The addresses that messages give, instead of files that an installed user does not have."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import mockserver
from mockserver.documentation import SITE, code_address, page_address, rule_address

PACKAGE = Path(mockserver.__file__).parent
FILE_OF_THE_PROJECT = re.compile(r"\b(docs|contracts)/[\w-]+[./]|\b(README|CONTRIBUTING|CHANGELOG)\.md")
NOT_MESSAGES = ("contract/rules/rule_set.py", "cli/catalogue.py")
"""These read such files, or write the documentation."""


def texts_of_code(file: Path) -> Iterator[str]:
    """Yield the string constants of a module but its docstrings."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


def test_an_address_is_below_the_site():
    assert page_address("reports") == f"{SITE}reports.html"
    assert page_address("reports", "sarif") == f"{SITE}reports.html#sarif"
    assert rule_address("T12") == f"{SITE}rules.html#T12"
    assert code_address("SCN012") == f"{SITE}errors.html#SCN012"


def test_no_message_names_a_file_of_the_project():
    named = [
        (str(file.relative_to(PACKAGE)), text)
        for file in PACKAGE.rglob("*.py")
        if file.relative_to(PACKAGE).as_posix() not in NOT_MESSAGES
        for text in texts_of_code(file)
        if FILE_OF_THE_PROJECT.search(text)
    ]
    assert named == []
