"""The hints of refused admin calls, as the commands print them."""

import ast

import pytest

from mockserver.cli.admin_hints import in_command_words
from mockserver.errors import MockError, Problem
from tests.support.paths import ROOT

pytestmark = [pytest.mark.server(judged=False), pytest.mark.usefixtures("default_server")]
SOURCES = ("server/admin", "server/sessions.py", "engine")
WITHOUT_A_COMMAND = ("/__mock/holds", "DELETE /__mock/scenarios/")
"""Calls that no command makes."""


def test_a_move_against_the_lifecycle_names_the_option(mockserver, server):
    job = server.admin("jobs", {"vendor": "reap"})["jobs"][0]
    mockserver("jobs", "move", job, "completed", "--force")
    err = mockserver("jobs", "move", job, "processing").err
    assert "    may follow: nothing: it is terminal. --force moves it all the same\n" in err


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("jobs show G-xxx", "`mockserver jobs` lists them."),
        ("jobs show G-xxx --session t1", "`mockserver jobs --session t1` lists them."),
        ("sessions create t1", "Choose another name, or delete it: `mockserver sessions delete t1`."),
        ("sessions create t2 --scenario none", "`mockserver list` lists them."),
        ("sessions delete none", "`mockserver sessions` lists them."),
        ("faults clear f9", "`mockserver faults` lists them."),
        ("explain last", "--session NAME selects the session; `mockserver sessions` lists the sessions"),
        ("webhooks redeliver d9", "`mockserver webhooks deliveries` lists the latest ones"),
        ("clock scale 0", "Write `mockserver clock scale 60`."),
        (
            "clock set 2020-01-01T00:00:00Z",
            "Time only moves forward. To begin again, reset the session: `mockserver reset`.",
        ),
    ],
)
def test_a_refusal_says_what_to_do_with_the_command(words, hint, mockserver, server):
    server.admin("sessions", {"name": "t1"})
    server.admin("clock")
    result = mockserver(*words.split())
    assert result.code == 2
    assert result.err.splitlines()[-1] == f"    {hint}"


def hints() -> list[str]:
    """Return the texts of the server's refusals that name an admin call; `x` stands for their values."""
    found = []
    for source in SOURCES:
        path = ROOT / "mockserver" / source
        for file in [path] if path.suffix else sorted(path.rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("refuse", "refuse_unknown"):
                    found += [text for text in map(literal_text, node.args) if "/__mock/" in text]
    return found


def literal_text(node: ast.expr) -> str:
    """Return the text of a string literal, of an f-string with `x` for each value, else ""."""
    if isinstance(node, ast.JoinedStr):
        return "".join(literal_text(part) or "x" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def test_a_session_is_quoted_for_a_shell():
    [problem] = in_command_words(MockError(Problem("ADM004", "", "GET /__mock/jobs")), "my run").problems
    assert problem.hint == "`mockserver jobs --session 'my run'` lists them."


def test_no_hint_of_the_server_names_a_call_that_the_command_has_a_verb_for():
    found = hints()
    assert len(found) > 10
    for hint in found:
        [problem] = in_command_words(MockError(Problem("ADM004", "", hint)), "default").problems
        assert "/__mock/" not in problem.hint or any(call in problem.hint for call in WITHOUT_A_COMMAND)


@pytest.mark.parametrize(
    ("words", "verb"),
    [
        ("faults reset", "clear"),
        ("webhooks rm", "clear"),
        ("sessions remove", "delete"),
        ("sessions new", "create"),
        ("webhooks add", "set"),
        ("jobs get", "show"),
        ("jobs shwo", "show"),
    ],
)
def test_a_word_of_another_tool_leads_to_the_verb(words, verb, mockserver):
    result = mockserver(*words.split())
    assert result.code == 2
    assert f"(did you mean {verb!r}?)" in result.err


@pytest.mark.parametrize("command", ["jobs", "faults", "sessions", "webhooks"])
def test_the_help_of_a_command_with_verbs_lists_the_options_without_a_verb(command, mockserver):
    help_text = mockserver(command, "--help").out
    assert "--url URL" in help_text
    assert "(http" not in help_text
    assert ("--session NAME" in help_text) == (command != "sessions")


def test_a_url_may_lack_its_scheme(mockserver, server):
    bare = server.url.removeprefix("http://")
    assert mockserver("sessions", "--url", bare) == mockserver("sessions", "--url", server.url)


@pytest.mark.parametrize(("scheme", "has_hint"), [("http", True), ("https", False)])
def test_where_no_server_answers_the_message_names_what_sets_the_place(scheme, has_hint, mockserver):
    err = mockserver("jobs", "--url", f"{scheme}://127.0.0.1:9").err
    assert "--url URL or MOCKSERVER_PORT" in err
    assert ("try https://127.0.0.1:9" in err) is has_hint
