"""What differs from era to era, as one table; everything else about the gateway is the same in all of them.

The dates are those of the commits in the vendor's public repository. The two pages about cancelling both say May 6,
2026 and belong to two eras: the one that answers 501 to 2026-05-06, the one with the 200 schema to 2026-06-11.
"""

from enum import Enum
from typing import Final, NamedTuple

from mockserver.vendors.api import Call


class CancelSupport(Enum):
    """What a cancel comes to in an era."""

    RESERVED = "reserved"
    """501 `video_cancel_temporarily_disabled` after the key was checked (page of 2026-05-06)."""
    WORKS = "works"
    """A real cancel, where the provider has one (source of 2026-06-11)."""
    DISABLED = "disabled"
    """501 `video_cancellation_disabled`, before the video is looked up (source of 2026-08-10)."""


class PhaseoTraits(NamedTuple):
    """One era's answers to the questions on which the eras differ."""

    summary: str
    cancel_support: CancelSupport
    mounted: bool = True
    """False: every video route answers 501 to everybody (page of 2026-05-19)."""
    legacy: bool = False
    """The states of April (`pending`, `in_progress`, no `expired`) and its bare errors with `team_id`."""
    asynchronous: bool = True
    """The fields and routes of 2026-06-11: lifecycle_status, the URLs, webhook state, download links, list cursors."""
    names_endpoints: bool = False
    """A create names a webhook endpoint instead of a URL and a secret (source of 2026-08-05)."""
    phaseo_headers: bool = False
    """Webhooks are headed x-phaseo-* instead of x-ai-stats-* (source of 2026-07-09)."""
    media_inputs: bool = False
    """Inputs may be videos and audio, with their durations (source of 2026-08-10 and 2026-08-12)."""


TRAITS: Final[dict[str, PhaseoTraits]] = {
    "2026-04-01": PhaseoTraits(
        "The first video surface: pending and in_progress, and a cancel route that answers 501.",
        CancelSupport.RESERVED,
        legacy=True,
        asynchronous=False,
    ),
    "2026-05-06": PhaseoTraits(
        "queued, processing and expired arrive; a cancel answers 501 video_cancel_temporarily_disabled.",
        CancelSupport.RESERVED,
        asynchronous=False,
    ),
    "2026-05-07": PhaseoTraits(
        "Every video route is switched off: 501 feature_temporarily_disabled, whatever the key.",
        CancelSupport.RESERVED,
        mounted=False,
        asynchronous=False,
    ),
    "2026-06-11": PhaseoTraits(
        "Cancel works for the providers that have one; lifecycle_status, download links and cursors arrive.",
        CancelSupport.WORKS,
    ),
    "2026-07-09": PhaseoTraits(
        "Webhook headers are named x-phaseo-* instead of x-ai-stats-*; cancel works.",
        CancelSupport.WORKS,
        phaseo_headers=True,
    ),
    "2026-08-05": PhaseoTraits(
        "A create names a webhook endpoint instead of a URL and a secret; cancel works.",
        CancelSupport.WORKS,
        names_endpoints=True,
        phaseo_headers=True,
    ),
    "2026-08-10": PhaseoTraits(
        "Cancel is switched off: 501 video_cancellation_disabled for any id; inputs may be videos and audio.",
        CancelSupport.DISABLED,
        names_endpoints=True,
        media_inputs=True,
        phaseo_headers=True,
    ),
}


def traits_of(call: Call) -> PhaseoTraits:
    """The traits of the era that a call was made in."""
    return TRAITS[call.era.date]
