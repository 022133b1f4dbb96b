"""`webhooks:` and the play's `deliveries`: where a job's events go, what goes wrong on the way, what must have arrived.

The words as tables, and what they mean for a vendor: its events and whether it signs come from the tables of its era.
"""

from collections.abc import Iterator
from typing import Final

from mockserver.errors import nearest
from mockserver.scenario import values
from mockserver.scenario.model import Arrivals
from mockserver.scenario.nodes import Node, clip
from mockserver.scenario.reader import read
from mockserver.scenario.report import Report
from mockserver.scenario.shapes import ANY, Choice, Field, Integer, Mapping, OneOf, Pattern, Sequence, Text, Yes
from mockserver.scenario.words import DURATION, HEADERS
from mockserver.vendors.api import Era
from mockserver.vendors.hooks import SIGNING, TIMEOUT, Answered, Hook, Spoil
from mockserver.vendors.notices import Notices
from mockserver.vendors.signatures import VERDICTS

EVENT: Final = Text("an event such as `video.completed`, or the end of one such as `completed`")
_ANSWERED: Final = OneOf((Integer(200, 599), Choice((TIMEOUT,))))
_RECEIVED: Final = Mapping(
    "a mapping with `status` and `body`",
    (
        Field("status", Integer(200, 599), "The status.", required=True),
        Field("body", Text(), "What it says.", required=True),
    ),
)

SPOIL: Final = Mapping(
    "what goes wrong with a delivery",
    (
        Field("on", EVENT, "Which events, by type or by the end of one; `*`, or nothing: all of them."),
        Field("duplicate", Integer(1, 10), "How often the first attempt is sent once more, the same to the byte."),
        Field("reorder", Yes(), "Told only after the event that follows."),
        Field("lose", Yes(), "Never sent, and nobody is told."),
        Field("late", DURATION, "How long after its event it is sent."),
        Field("sign", Choice(SIGNING), "Signed with another secret, with an old timestamp, or not at all."),
        Field("replay", DURATION, "How long after the first attempt the same bytes come again."),
    ),
    apart=tuple(("lose", name) for name in ("duplicate", "reorder", "late", "sign", "replay")),
    least=1,
)
WEBHOOKS: Final = Mapping(
    "a mapping with `url`, `secret`, `events`, `receiver`, `deliver` and others",
    (
        Field(
            "url",
            Pattern("an address such as `http://127.0.0.1:4811/`", r"https?://[\x21-\x7e]+"),
            "Where events are posted; to the session's own receiver unless given.",
        ),
        Field("secret", Text("a secret", r"[\x21-\x7e]+"), "What signs the deliveries; `whsec_mock` unless given."),
        Field(
            "events",
            Sequence(EVENT, "a list of events"),
            "Which are told; the vendor's usual ones unless given.",
        ),
        Field("id", Text("an endpoint's id"), "The endpoint's id, where a create names one; any will do unless given."),
        Field("stamp", Choice(("session", "wall")), "Whose time a signature carries; the session's unless given."),
        Field(
            "receiver",
            Sequence(OneOf((*_ANSWERED.options, _RECEIVED)), "a list of statuses"),
            "What the session's own receiver answers, in turn, then 200: a status, one with a body, or `timeout`.",
        ),
        Field("deliver", Sequence(SPOIL, "a list of troubles"), "What goes wrong on the way."),
    ),
    apart=(("url", "receiver"),),
)

DELIVERIES: Final = Mapping(
    "a mapping with `count`, `events`, `answers`, `signed`, `state`, `body` or `headers`",
    (
        Field("count", Integer(0, 10_000), "How many there are by now."),
        Field("events", Sequence(EVENT, "a list of events", least=0), "Their types, in the order of the sending."),
        Field("answers", Sequence(_ANSWERED, "a list of statuses"), "What each was answered: a status, or `timeout`."),
        Field("signed", Choice(VERDICTS), "What a verifier makes of each of them."),
        Field("state", Choice(("delivered", "retrying", "failed", "lost")), "Only those are meant; all unless given."),
        Field("body", ANY, "A part of the latest one's body, as in an answer."),
        Field("headers", HEADERS, "Headers of the latest one."),
    ),
    least=1,
    name="deliveries",
)


def hook_of(text: str, era: Era) -> Hook:
    """An endpoint written as JSON or YAML; raises `MockError` with all that is wrong with it."""
    root, report = read(text, "webhooks")
    WEBHOOKS.check(root, report)
    found = hook_in(root, era, report)
    report.finish()
    return found or Hook()


def hook_in(node: Node | None, era: Era, report: Report) -> Hook | None:
    """A vendor's endpoint; None where nothing is said, or something is wrong with it."""
    if node is None or not report.sound(node):
        return None
    told = _told(era)
    if not told:
        report.add("SCN070", f"{era.vendor} tells nobody of its jobs", node, on_key=True)
        return None
    _suits(node, era, told, report)
    listed, deliver = node.get("events"), node.get("deliver")
    for item in () if listed is None else listed.items:
        _known(item, told, report)
    receiver = node.get("receiver")
    return Hook(
        url=values.text(node.get("url")),
        secret=values.text(node.get("secret")),
        events=values.texts(listed),
        id=values.text(node.get("id")),
        wall=values.text(node.get("stamp")) == "wall",
        receiver=() if receiver is None else tuple(_received(item) for item in receiver.items),
        deliver=() if deliver is None else tuple(_spoil(item, told, report) for item in deliver.items),
    )


def answer_in(node: Node) -> int | str:
    """A status, or `timeout`."""
    return TIMEOUT if node.text == TIMEOUT else int(node.value)


def _received(node: Node) -> int | str | Answered:
    """What the receiver answers: a status, or `timeout`; or a status and what it says."""
    status, body = node.get("status"), node.get("body")
    return answer_in(node) if status is None or body is None else Answered(int(status.value), body.text)


def _told(era: Era) -> list[Notices]:
    return [kind.notices for kind in era.kinds.values() if kind.notices is not None]


def _suits(node: Node, era: Era, told: list[Notices], report: Report) -> None:
    """Whether the vendor has what the keys are about."""
    signs = any(notices.signature is not None for notices in told)
    for name in ("secret", "stamp"):
        value = node.get(name)
        if value is not None and not signs:
            report.add("SCN071", f"{era.vendor} signs nothing: `{name}` has no meaning", value, on_key=True)
    given = node.get("id")
    if given is not None and not any(notices.named for notices in told):
        message = f"no create of {era.pin} names an endpoint"
        report.add("SCN071", message, given, "Leave it out: every job's events go to this one.", on_key=True)
    for item in _entries(node.get("deliver")):
        value = item.get("sign")
        if value is not None and not signs:
            report.add("SCN071", f"{era.vendor} signs nothing: there is nothing to spoil", value, on_key=True)


def _entries(node: Node | None) -> Iterator[Node]:
    yield from () if node is None else node.items


def _spoil(node: Node, told: list[Notices], report: Report) -> Spoil:
    on, duplicate = node.get("on"), node.get("duplicate")
    return Spoil(
        on="*" if on is None or on.text == "*" else _known(on, told, report),
        duplicate=0 if duplicate is None else int(duplicate.value),
        reorder=node.get("reorder") is not None,
        lose=node.get("lose") is not None,
        late=values.duration(node.get("late"), report),
        sign=values.text(node.get("sign")),
        replay=values.duration(node.get("replay"), report),
    )


def _known(node: Node, told: list[Notices], report: Report) -> str:
    """The event that a word means, a type or the end of one."""
    types = list(dict.fromkeys(one for notices in told for one in notices.types))
    meant = next(filter(None, (notices.meant(node.text) for notices in told)), "")
    if not meant:
        message = f"there is no event {clip(node.text)!r}{nearest(node.text, types)}"
        report.add("SCN070", message, node, f"Events: {', '.join(types)}.")
    return node.text if meant.endswith(f".{node.text}") else meant


def arrivals_in(node: Node, era: Era, report: Report) -> Arrivals:
    """What must have been sent by now."""
    told, listed, answers, count = _told(era), node.get("events"), node.get("answers"), node.get("count")
    events = tuple(_known(item, told, report) for item in _entries(listed))
    return Arrivals(
        count=None if count is None else int(count.value),
        events=None if listed is None else events,
        answers=None if answers is None else tuple(answer_in(item) for item in answers.items),
        signed=values.text(node.get("signed")),
        state=values.text(node.get("state")),
        body=values.json(node.get("body")),
        headers=values.pairs(node.get("headers")),
    )
