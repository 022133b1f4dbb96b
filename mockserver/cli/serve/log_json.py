"""The log of `serve` as JSON: one object for each activity, never folded. Pure."""

from typing import Any, Final

from mockserver.core.instants import rfc3339
from mockserver.server.activity import (
    Activity,
    ClockChanged,
    HintGiven,
    RequestAnswered,
    ScenarioLoaded,
    ScenarioRefused,
    SessionBegun,
    WebhookAttempted,
)

EVENT_NAMES: Final[dict[type, str]] = {
    RequestAnswered: "request",
    WebhookAttempted: "webhook",
    ClockChanged: "clock",
    SessionBegun: "session",
    ScenarioLoaded: "scenario",
    ScenarioRefused: "scenario_refused",
    HintGiven: "hint",
}
"""The member `log` of each kind of object."""


def log_object(activity: Activity) -> dict[str, Any]:
    """Return an activity as a JSON object: its kind as `log`, its members; texts that are empty are left out."""
    members: dict[str, Any] = {"log": EVENT_NAMES[type(activity)]}
    for name, value in activity._asdict().items():
        if name in ("at", "retry_at") and value is not None:
            members[name] = rfc3339(value, digits=6)
        elif name == "problems":
            members[name] = [problem.json() for problem in value]
        elif value not in ("", None):
            members[name] = value
    return members
