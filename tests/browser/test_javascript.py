"""The page's JavaScript as text: typed, linted, small, and with a library that is what npm published."""

import hashlib
import subprocess

from tests.support.browser import PAGE_CHECKS
from tests.support.node_packages import node_modules
from tests.support.paths import ROOT

STATIC = ROOT / "mockserver" / "server" / "ui" / "static"
LIBRARY_HASH = "72284e8e9079c87817145df1110f74e8a2aa040b2fc384922e18dfcb46fc1fd7"
MOST_LINES = 1_500


def output_of(tool: str, *arguments: str) -> str:
    """Run a tool of npm's packages, which must succeed; return its output."""
    command = node_modules(PAGE_CHECKS) / ".bin" / tool
    done = subprocess.run(
        [command, *arguments], cwd=ROOT, capture_output=True, encoding="utf-8", timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_types_fit():
    assert output_of("tsc", "--project", str(PAGE_CHECKS)) == ""


def test_the_linter_finds_nothing():
    output_of("biome", "lint", "--error-on-warnings", *map(str, sorted(STATIC.glob("*.js"))))


def test_the_library_is_what_npm_published():
    library = STATIC / "vendor" / "htm-preact.js"
    assert hashlib.sha256(library.read_bytes()).hexdigest() == LIBRARY_HASH
    assert "Apache License" in library.with_suffix(".LICENSE.txt").read_text(encoding="utf-8")


def test_the_page_is_one_html_one_css_and_few_lines():
    sources = [path.read_text(encoding="utf-8") for path in STATIC.glob("*.js")]
    assert sum(len(source.splitlines()) for source in sources) <= MOST_LINES
    assert [path.name for path in STATIC.rglob("*.html")] == ["index.html"]
    assert [path.name for path in STATIC.rglob("*.css")] == ["style.css"]


def test_nothing_is_loaded_from_another_host():
    index = (STATIC / "index.html").read_text(encoding="utf-8")
    assert "//" not in index
    assert "style=" not in index
