"""The page of the pytest plugin: its fixtures, the members of a session, the marker, options and settings."""

import inspect
from collections.abc import Iterator

from docs._ext.reference.tables import HEADER, table
from mockserver.client import views
from mockserver.client.vendor_view import VendorView
from mockserver.testing import plugin
from mockserver.testing.receiver import ReceivedWebhook, WebhookListener
from mockserver.testing.session import VideoJob

_INTRODUCTION = """# Fixtures

What the pytest plugin provides, from its code. [Your first test in pytest](../tutorials/first-test.md) shows how it is
used.
"""
_FIXTURES = {
    "videojob": "A session of the mock server that is the test's own: a `VideoJob`.",
    "videojob_server": "The mock server of this process, for the whole run; `url` is where it listens.",
}
_ATTRIBUTES = {"name": "The name of the session.", "url": "Where the vendors' paths begin in this session."}
_INTERNAL = {"close"}
_VALUES = (
    VendorView,
    views.JobView,
    views.CallView,
    views.ChangeView,
    views.BookingView,
    views.FindingView,
    ReceivedWebhook,
    WebhookListener,
)


def fixture_page() -> str:
    """Render the page."""
    lines = [HEADER, _INTRODUCTION, "## The fixtures", ""]
    lines += table(("fixture", "provides"), ((f"`{name}`", text) for name, text in _FIXTURES.items()))
    lines += ["## The marker", "", f"`@pytest.mark.{plugin.MARKER.partition(':')[0]}`", ""]
    lines += [f"{plugin.MARKER.partition(':')[2].strip().capitalize()}.", ""]
    lines += ["## Options and settings", "", *table(("name", "meaning"), _options())]
    lines += ["## VideoJob", "", "Each vendor is an attribute, too: `videojob.phaseo` is a `VendorView`.", ""]
    attributes = [(f"`{name}`", text) for name, text in _ATTRIBUTES.items()]
    lines += table(("member", "does"), [*attributes, *_members(VideoJob)])
    for value in _VALUES:
        lines += [f"## {value.__name__}", "", f"{inspect.getdoc(value).splitlines()[0]}", ""]
        lines += table(("member", "is"), _members(value))
    return "\n".join(lines).rstrip() + "\n"


class _Options:
    """Collects what the plugin adds, in the place of pytest's parser."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str]] = []

    def getgroup(self, *_: str) -> "_Options":
        return self

    def addoption(self, name: str, *, help: str, **_: object) -> None:  # noqa: A002 - pytest's name
        self.rows.append((f"`{name}`", help))

    def addini(self, name: str, help: str, *, default: object = "", **_: object) -> None:  # noqa: A002 - pytest's name
        shown = (
            f" Default: `{str(default).lower() if isinstance(default, bool) else default}`." if default != "" else ""
        )
        self.rows.append((f"`{name}` (ini)", f"{help}{shown}"))


def _options() -> list[tuple[str, str]]:
    found = _Options()
    plugin.pytest_addoption(found)
    return found.rows


def _members(value: type) -> Iterator[tuple[str, str]]:
    """Yield the public members of a class: fields, properties and methods, in the order of the code."""
    for name, annotation in inspect.get_annotations(value).items():
        if not name.startswith("_"):
            yield f"`{name}`", f"`{_type_name(annotation)}`"
    for name, member in vars(value).items():
        if name.startswith("_") or name in _INTERNAL:
            continue
        if isinstance(member, property):
            yield f"`{name}`", _summary(member.fget)
        elif inspect.isfunction(member):
            yield f"`{name}({_parameters(member)})`", _summary(member)


def _parameters(function: object) -> str:
    parts = []
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        text = str(parameter.replace(annotation=inspect.Parameter.empty))
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in parts:
            parts.append("*")
        parts.append(text)
    return ", ".join(parts)


def _summary(function: object) -> str:
    text = (inspect.getdoc(function) or "").partition("\n\n")[0]
    return " ".join(text.split())


def _type_name(annotation: object) -> str:
    return annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
