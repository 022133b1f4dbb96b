"""`mockserver mcp` before any agent is connected: the page, and what the command refuses."""

import sys
from pathlib import Path

import pytest

from mockserver.cli.commands.mcp import SKILL_FILE


def test_the_page_is_printed_as_it_is_and_fits_on_one(mockserver) -> None:
    result = mockserver("mcp", "--skill")
    assert result.code == 0
    assert result.out == SKILL_FILE.read_text(encoding="utf-8")
    assert len(result.out.splitlines()) < 130


def test_without_the_extra_the_command_says_how_to_install_it(mockserver, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp.server.lowlevel", None)
    monkeypatch.delitem(sys.modules, "mockserver.mcp.protocol", raising=False)
    result = mockserver("mcp")
    assert result.code == 2
    assert result.err.startswith("MCP001 ")
    assert "pip install 'mcp>=2.0,<3'" in result.err
    assert mockserver("mcp", "--skill").code == 0


def test_what_is_no_address_is_refused_at_the_start(mockserver) -> None:
    result = mockserver("mcp", "--url", "http://")
    assert result.code == 2
    assert "RUN001 'http://' is not a base URL" in result.err


@pytest.mark.parametrize("path", sorted(SKILL_FILE.parent.glob("*.py")), ids=lambda path: path.stem)
def test_only_one_module_imports_the_sdk(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    has_sdk = any(line.lstrip().startswith(("import mcp", "from mcp")) for line in lines)
    assert has_sdk == (path.stem == "protocol")
