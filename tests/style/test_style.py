"""The package keeps the limits of its style figures."""

import ast
import re
from pathlib import Path

import pytest

from tests.style import figures
from tests.style.figures import FIGURES, TEST_FIGURES, TESTS, Module, read_modules
from tests.style.request_path import cancel_path_figures

MODULES = read_modules()


@pytest.mark.parametrize("count", FIGURES, ids=lambda count: count.__name__)
def test_a_figure_keeps_its_limit(count):
    figure = count(MODULES)
    assert figure.holds, f"{figure.title}: {figure.value:g}, limit {figure.limit:g}\n" + "\n".join(figure.places)


@pytest.mark.parametrize("count", TEST_FIGURES, ids=lambda count: count.__name__)
def test_a_figure_of_the_tests_keeps_its_limit(count):
    figure = count(read_modules(TESTS))
    assert figure.holds, f"{figure.title}: {figure.value:g}, limit {figure.limit:g}\n" + "\n".join(figure.places)


def test_a_cancel_takes_the_short_way():
    for figure in cancel_path_figures():
        assert figure.holds, f"{figure.title}: {figure.value:g}, limit {figure.limit:g}\n" + "\n".join(figure.places)


def test_the_architecture_names_every_file_that_a_cancel_passes():
    page = (figures.ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = page.partition("### One cancel, from socket to bytes")[2].partition("\n## ")[0]
    files, _ = cancel_path_figures()
    assert set(re.findall(r"`([\w/]+\.py)`", table)) == set(files.places)


def modules(**sources):
    return [Module(f"p.{name}", Path(f"{name}.py"), text, ast.parse(text)) for name, text in sources.items()]


@pytest.mark.parametrize(
    ("count", "sources", "value"),
    [
        (figures.shared_class_names, {"a": "class A: ...", "b": "class _A: ...", "c": "class B: ..."}, 1),
        (figures.shared_function_names, dict.fromkeys("abcd", "def f(): ..."), 1),
        (figures.shared_function_names, dict.fromkeys("abc", "def f(): ..."), 0),
        (figures.gerund_modules, {"parsing": "", "string": "", "parse": ""}, 2),
        (figures.nested_conditional_expressions, {"a": "x = 1 if a else 2 if b else 3\ny = 1 if a else 2\n"}, 1),
        (figures.conditional_expressions, {"a": "x = 1 if a else 2\n" + "\n" * 999}, 1),
        (figures.long_positional_calls, {"a": "f(1, 2, 3, 4, 5, 6)\nf(1, 2, 3, 4, 5, g=6)\n"}, 1),
        (figures.private_functions_called_once, {"a": "def _f(): ...\ndef _g(): ...\n_f()\n_g()\n_g()\n"}, 50),
        (figures.private_functions_called_once, {"a": "def _f(): ...\ndef _g(): ...\n_f()\nTABLE = [_g]\n"}, 50),
        (figures.relative_clause_docstrings, {"a": "def f():\n  '''Whether so.'''\ndef g():\n  '''Return it.'''\n"}, 1),
        (figures.private_vocabulary, {"a": "x = 1  # what nobody knows\ny = 2  # mental\n"}, 1),
        (figures.unnamed_raises, {"a": "def f():\n  '''Do it.'''\n  raise ValueError('x')\n"}, 1),
        (figures.unnamed_raises, {"a": "def f():\n  '''Do it; raises `MockError`.'''\n  raise refuse('x')\n"}, 0),
        (figures.comment_lines, {"a": "# why\nx = 1  # what\n"}, 1),
        (figures.import_circles, {"a": "from p import b\n", "b": "from p.c import x\n", "c": "import p.a\n"}, 1),
        (figures.bare_tuple_assertions, {"a": "assert (a, b, c) == (200, 'x', None)\n"}, 1),
        (figures.bare_tuple_assertions, {"a": "assert (a, b, c) == (1, -2, 3)\nassert (a, b) == (1, 'x')\n"}, 0),
        (figures.bare_tuple_assertions, {"a": "assert f() == (1, 'x', None)\nx = (a, b, c) == (1, 'x', None)\n"}, 0),
        (figures.import_circles, {"a": "from p import b\n", "b": "from p.c import x\n", "c": ""}, 0),
    ],
)  # fmt: skip
def test_a_figure_counts_what_its_title_names(count, sources, value):
    assert count(modules(**sources)).value == pytest.approx(value, rel=0.01)
