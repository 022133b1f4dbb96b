"""Count the style figures of the package and of its tests: names, density, sentences, import circles.

Knows Python's syntax tree and nothing of what the code does. Each figure is one function from modules to a `Figure`;
`FIGURES` (of the package) and `TEST_FIGURES` (of the tests) are the tables that `make style` prints and that
`test_style.py` holds to their limits.
"""

import ast
import io
import re
import tokenize
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "mockserver"
TESTS: Final = ROOT / "tests"

SHARED_CLASS_NAMES: Final[frozenset[str]] = frozenset()
"""Class names that may stand in more than one module, each for a reason."""
MODULES_NAMED_LIKE_GERUNDS: Final = frozenset({"drawing", "recording", "scheduling", "testing"})
"""Nouns of the field that end in -ing and name no action of this package."""
RELATIVE_CLAUSE: Final = re.compile(r"(What|Whether|How|Where|Who|When|Why|Whom|Whose)\b")
PRIVATE_VOCABULARY: Final = re.compile(
    r"""(?<!")\b(told|tells|whoever|somebody|nobody|anew|of ours|mend(s|ed|ing)?|owns? up)\b""", re.IGNORECASE
)
"""Words that stand for a person or for every verb. A quoted word is data: `"mend"` is a key of the JSON report."""
MANY_ARGUMENTS: Final = 6
MANY_FILES: Final = 4
LONG_TUPLE: Final = 3
BARE_TUPLES_LIMIT: Final = 0
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """One parsed source file; `name` is dotted and absolute."""

    name: str
    path: Path
    source: str
    tree: ast.Module


@dataclass(frozen=True, slots=True)
class Figure:
    """A counted figure, the places it was counted at, and its limit (None: shown, not held)."""

    title: str
    value: float
    limit: float | None
    places: Sequence[str] = ()
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """True if the value keeps its limit."""
        if self.limit is None:
            return True
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def read_modules(package: Path = PACKAGE) -> tuple[Module, ...]:
    """Parse every module of a package, in the order of their paths."""
    found = []
    for path in sorted(package.rglob("*.py")):
        relative = path.relative_to(package.parent).with_suffix("")
        name = ".".join(relative.parts).removesuffix(".__init__")
        source = path.read_text(encoding="utf-8")
        found.append(Module(name, path, source, ast.parse(source)))
    return tuple(found)


def count_lines(modules: Sequence[Module]) -> int:
    """Count the lines of all modules."""
    return sum(module.source.count("\n") for module in modules)


def lines_of_package(modules: Sequence[Module]) -> Figure:
    """Count the lines of the package."""
    return Figure("lines", count_lines(modules), 91_300)


def shared_class_names(modules: Sequence[Module]) -> Figure:
    """Find class names, without leading underscores, that stand in more than one module."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                places[node.name.lstrip("_")].append(f"{module.name}:{node.lineno}")
    shared = {name: found for name, found in places.items() if len(found) > 1 and name not in SHARED_CLASS_NAMES}
    return Figure("class names in two or more modules", len(shared), 0, _listed(shared))


def shared_function_names(modules: Sequence[Module]) -> Figure:
    """Find module-level function names that stand in four or more modules."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for module in modules:
        for node in module.tree.body:
            if isinstance(node, Function):
                places[node.name].append(f"{module.name}:{node.lineno}")
    shared = {name: found for name, found in places.items() if len(found) >= MANY_FILES}
    return Figure("function names in four or more modules", len(shared), 0, _listed(shared))


def gerund_modules(modules: Sequence[Module]) -> Figure:
    """Find modules that are named by a gerund."""
    named = [module.name for module in modules if module.name.rpartition(".")[2].endswith("ing")]
    found = [name for name in named if name.rpartition(".")[2] not in MODULES_NAMED_LIKE_GERUNDS]
    return Figure("modules named by a gerund", len(found), 0, found)


def conditional_expressions(modules: Sequence[Module]) -> Figure:
    """Count the conditional expressions in a thousand lines."""
    found = sum(isinstance(node, ast.IfExp) for module in modules for node in ast.walk(module.tree))
    return Figure("conditional expressions per 1,000 lines", 1000 * found / count_lines(modules), 10)


def nested_conditional_expressions(modules: Sequence[Module]) -> Figure:
    """Find conditional expressions inside conditional expressions."""
    found = []
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.IfExp):
                inner = (child for part in (node.test, node.body, node.orelse) for child in ast.walk(part))
                if any(isinstance(child, ast.IfExp) for child in inner):
                    found.append(f"{module.name}:{node.lineno}")
    return Figure("nested conditional expressions", len(found), 0, found)


def long_positional_calls(modules: Sequence[Module]) -> Figure:
    """Find calls with six or more positional arguments."""
    found = [
        f"{module.name}:{node.lineno}"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and len(node.args) >= MANY_ARGUMENTS
    ]
    return Figure("calls with six or more positional arguments", len(found), 0, found)


def private_functions_called_once(modules: Sequence[Module]) -> Figure:
    """Compute the share (percent) of private functions and methods that their module names only once, to call them.

    Others could not stand where they are used: those with a decorator (a cache, a property, a context manager), and
    those that are values, as in a table.
    """
    functions, once = 0, []
    for module in modules:
        uses = Counter(_used_names(module.tree))
        called = set(_called_names(module.tree))
        for node in ast.walk(module.tree):
            if not isinstance(node, Function) or node.decorator_list:
                continue
            if node.name.startswith("_") and not node.name.startswith("__"):
                functions += 1
                if uses[node.name] == 1 and node.name in called:
                    once.append(f"{module.name}:{node.lineno}")
    return Figure("private functions called once, %", 100 * len(once) / max(functions, 1), 44, once)


def relative_clause_docstrings(modules: Sequence[Module]) -> Figure:
    """Find docstrings of functions that begin with a relative clause."""
    found = [
        f"{module.name}:{node.lineno}"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, Function) and RELATIVE_CLAUSE.match(ast.get_docstring(node) or "")
    ]
    return Figure("docstrings that begin with What, Whether, How ...", len(found), 0, found)


def private_vocabulary(modules: Sequence[Module]) -> Figure:
    """Find lines with words of the private vocabulary, in code, comments and texts alike."""
    found = [
        f"{module.name}:{number} {match.group()}"
        for module in modules
        for number, line in enumerate(module.source.splitlines(), 1)
        if (match := PRIVATE_VOCABULARY.search(line))
    ]
    return Figure("lines with words of a private vocabulary", len(found), 0, found)


def unnamed_raises(modules: Sequence[Module]) -> Figure:
    """Find public functions that raise an exception which their docstring does not name."""
    found = []
    for module in modules:
        for node in _public_functions(module.tree):
            docstring = ast.get_docstring(node) or ""
            missing = [name for name in _raised_names(node) if name not in docstring]
            found.extend(f"{module.name}:{node.lineno} {node.name}: {name}" for name in missing)
    return Figure("public functions with an exception that their docstring does not name", len(found), 0, found)


def comment_lines(modules: Sequence[Module]) -> Figure:
    """Count the lines that hold nothing but a comment."""
    total = 0
    for module in modules:
        for token in tokenize.generate_tokens(io.StringIO(module.source).readline):
            if token.type == tokenize.COMMENT and token.line.lstrip().startswith("#"):
                total += 1
    return Figure("comment lines", total, 400, at_least=True)


def import_circles(modules: Sequence[Module]) -> Figure:
    """Find circles of modules that import one another, wherever the import stands."""
    names = {module.name for module in modules}
    imports = {module.name: set(_imported(module, names)) for module in modules}
    circles = [circle for circle in _strong_components(imports) if len(circle) > 1]
    return Figure("import circles", len(circles), 0, [" <-> ".join(sorted(circle)) for circle in circles])


def bare_tuple_assertions(modules: Sequence[Module]) -> Figure:
    """Find assertions that compare two tuple literals of three or more elements, unless all expected ones are alike.

    Separate assertions, or named values, say which fact is which; `(x, y, z) == (0, 0, 0)` is one value.
    """
    found = [
        f"{module.name}:{compare.lineno}"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Assert)
        for compare in ast.walk(node.test)
        if isinstance(compare, ast.Compare) and _compares_unlike_tuples(compare)
    ]
    return Figure("assertions that compare bare tuples of three or more facts", len(found), BARE_TUPLES_LIMIT, found)


FIGURES: Final[tuple[Callable[[Sequence[Module]], Figure], ...]] = (
    lines_of_package,
    shared_class_names,
    shared_function_names,
    gerund_modules,
    conditional_expressions,
    nested_conditional_expressions,
    long_positional_calls,
    private_functions_called_once,
    relative_clause_docstrings,
    private_vocabulary,
    unnamed_raises,
    comment_lines,
    import_circles,
)


TEST_FIGURES: Final[tuple[Callable[[Sequence[Module]], Figure], ...]] = (bare_tuple_assertions,)


def _compares_unlike_tuples(compare: ast.Compare) -> bool:
    return any(
        isinstance(actual, ast.Tuple)
        and isinstance(expected, ast.Tuple)
        and len(expected.elts) >= LONG_TUPLE
        and len({_kind(element) for element in expected.elts}) > 1
        for actual, expected in pairwise((compare.left, *compare.comparators))
    )


def _kind(node: ast.expr) -> type:
    """Return the type of a literal, or the type of the syntax node."""
    if isinstance(node, ast.UnaryOp):
        return _kind(node.operand)
    if isinstance(node, ast.JoinedStr):
        return str
    return type(node.value) if isinstance(node, ast.Constant) else type(node)


def _listed(shared: dict[str, list[str]]) -> list[str]:
    return [f"{name}: {', '.join(found)}" for name, found in sorted(shared.items())]


def _called_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _used_names(node.func)


def _used_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


def _public_functions(tree: ast.Module) -> Iterator[Function]:
    """Yield public module-level functions and public methods of public classes."""
    for node in tree.body:
        if isinstance(node, Function) and not node.name.startswith("_"):
            yield node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from (part for part in node.body if isinstance(part, Function) and not part.name.startswith("_"))


def _raised_names(function: Function) -> set[str]:
    """Collect the exceptions that a function's own body raises; `refuse(...)` makes a `MockError`."""
    names = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Raise) and node.exc is not None:
            raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            name = raised.id if isinstance(raised, ast.Name) else getattr(raised, "attr", "")
            if name.startswith("refuse"):
                names.add("MockError")
            elif name[:1].isupper():
                names.add(name)
    return names


def _imported(module: Module, names: set[str]) -> Iterator[str]:
    """Yield the modules of the package that a module imports; an import of a package's member counts as the member."""
    guarded = {
        id(node)
        for block in ast.walk(module.tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    for node in ast.walk(module.tree):
        if id(node) in guarded:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            for alias in node.names:
                member = f"{node.module}.{alias.name}"
                if member in names:
                    yield member
                elif node.module in names:
                    yield node.module


def _strong_components(graph: dict[str, set[str]]) -> Iterator[set[str]]:
    """Yield the strongly connected components of a graph (Tarjan's algorithm)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    path: list[str] = []

    def visit(name: str) -> Iterator[set[str]]:
        index[name] = low[name] = len(index)
        path.append(name)
        for other in sorted(graph[name] - {name}):
            if other not in index:
                yield from visit(other)
                low[name] = min(low[name], low[other])
            elif other in path:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            start = path.index(name)
            yield set(path[start:])
            del path[start:]

    for name in graph:
        if name not in index:
            yield from visit(name)
