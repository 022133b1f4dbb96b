"""The differences between the eras, as one table; everything else about the gateway is the same in all of them.

The dates are those of the commits in the vendor's public repository; that of the quota is inferred from its tests. The
two pages about cancelling both bear the date 2026-05-06 and belong to two eras: the one that answers 501 to 2026-05-06,
the one with the 200 schema to 2026-06-11.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from mockserver.vendors.api import Call


class CancelSupport(StrEnum):
    """The cancel of an era."""

    RESERVED = "reserved"
    """501 `video_cancel_temporarily_disabled` after the key was checked (page of 2026-05-06)."""
    WORKS = "works"
    """A real cancel, where the provider has one (source of 2026-06-11)."""
    DISABLED = "disabled"
    """501 `video_cancellation_disabled`, before the video is looked up (source of 2026-08-10)."""


class PhaseoTraits(NamedTuple):
    """The differences of one era."""

    summary: str
    cancel_support: CancelSupport
    has_video_routes: bool = True
    """False: every video route answers 501, with or without a key (page of 2026-05-19)."""
    legacy: bool = False
    """The states of April (`pending`, `in_progress`, no `expired`) and its short errors with `team_id`."""
    asynchronous: bool = True
    """The fields and routes of 2026-06-11: lifecycle_status, the URLs, webhook state, download links, list cursors."""
    names_endpoints: bool = False
    """A create names a webhook endpoint in place of a URL and a secret (source of 2026-08-05)."""
    phaseo_headers: bool = False
    """Webhook headers are x-phaseo-* in place of x-ai-stats-* (source of 2026-07-09)."""
    batches: bool = False
    """The routes of batches; they are older, but their code before 2026-08-22 was not compared."""
    preview: bool = False
    """Videos and batches are open to invited workspaces only; results of batches, and new fields of a create."""
    quota: bool = False
    """A quota of the gateway's own: 25 requests in any minute, polls included."""
    media_inputs: bool = False
    """Inputs may be videos and audio, with their durations (source of 2026-08-10 and 2026-08-12)."""


TRAITS: Final[dict[str, PhaseoTraits]] = {
    "2026-04-01": PhaseoTraits(
        summary="The first video surface: pending and in_progress, and a cancel route that answers 501.",
        cancel_support=CancelSupport.RESERVED, legacy=True, asynchronous=False),
    "2026-05-06": PhaseoTraits(
        summary="queued, processing and expired arrive; a cancel answers 501 video_cancel_temporarily_disabled.",
        cancel_support=CancelSupport.RESERVED, asynchronous=False),
    "2026-05-07": PhaseoTraits(
        summary="Every video route is switched off: 501 feature_temporarily_disabled, whatever the key.",
        cancel_support=CancelSupport.RESERVED, has_video_routes=False, asynchronous=False),
    "2026-06-11": PhaseoTraits(
        summary="Cancel works for the providers that have one; lifecycle_status, download links and cursors arrive.",
        cancel_support=CancelSupport.WORKS),
    "2026-07-09": PhaseoTraits(
        summary="Webhook headers are named x-phaseo-* instead of x-ai-stats-*; cancel works.",
        cancel_support=CancelSupport.WORKS, phaseo_headers=True),
    "2026-08-05": PhaseoTraits(
        summary="A create names a webhook endpoint instead of a URL and a secret; cancel works.",
        cancel_support=CancelSupport.WORKS, names_endpoints=True, phaseo_headers=True),
    "2026-08-10": PhaseoTraits(
        summary="Cancel is switched off: 501 video_cancellation_disabled for any id; inputs may be videos and audio.",
        cancel_support=CancelSupport.DISABLED, names_endpoints=True, media_inputs=True, phaseo_headers=True,
        batches=True),
    "2026-09-17": PhaseoTraits(
        summary="A preview by invitation; batches have results; creates take frame_images and provider_options.",
        cancel_support=CancelSupport.DISABLED, names_endpoints=True, media_inputs=True, phaseo_headers=True,
        batches=True, preview=True),
    "2026-10-02": PhaseoTraits(
        summary="25 requests in any minute for all keys of a workspace, polls included; then 429 with Retry-After.",
        cancel_support=CancelSupport.DISABLED, names_endpoints=True, media_inputs=True, phaseo_headers=True,
        batches=True, preview=True, quota=True),
}  # fmt: skip


def traits_of(call: Call) -> PhaseoTraits:
    """Return the traits of a call's era."""
    return TRAITS[call.era.date]
