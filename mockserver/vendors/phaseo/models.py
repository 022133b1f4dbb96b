"""The models of the fake and the providers behind them: which provider serves a model decides whether it can cancel.

The model ids are those of the vendor's Python client 3.0.0 and of its repository's tests; prices and parameter values
are made up. The default is a model of the provider `alibaba`: it can cancel, and its videos show the documented
status words, which those of `openai` do not.
"""

from typing import Final, NamedTuple

from mockserver.core.ids import seeded_bytes, uuid_text

OPENAI: Final = "openai"
GOOGLE: Final = "google-ai-studio"

CANCEL_FAILURE_REASONS: Final = {
    OPENAI: "video_cancel_provider_upstream_error",
    "alibaba": "dashscope_task_cancel_failed",
    "alibaba-cloud": "dashscope_task_cancel_failed",
    "qwen": "dashscope_task_cancel_failed",
    "runway": "runway_task_cancel_failed",
}
"""The providers that can cancel, and the reason of the 502 when one of them refuses (source of 2026-06-11)."""

UPSTREAM_FAILURE_PROVIDERS: Final = frozenset({OPENAI, GOOGLE})
"""Providers whose failed videos answer a download with 502 instead of 409 (source of May 2026; inferred for OpenAI)."""


class VideoModel(NamedTuple):
    """One entry of the catalogue."""

    id: str
    name: str
    provider: str
    nanos_per_second: int
    """Billionths of a US dollar for a second of video."""
    seconds: tuple[int, ...]
    """Durations it makes; the first unless asked otherwise."""
    resolutions: tuple[str, ...] = ("720p", "1080p")


CATALOGUE: Final = (
    VideoModel("qwen/wan2.7-t2v", "Wan 2.7", "alibaba", 100_000_000, (5, 10)),
    VideoModel("openai/sora-2", "Sora 2", OPENAI, 100_000_000, (4, 8, 12), ("1280x720", "720x1280")),
    VideoModel("openai/sora-2-pro", "Sora 2 Pro", OPENAI, 300_000_000, (4, 8, 12), ("1280x720", "720x1280")),
    VideoModel("google/veo-3.1", "Veo 3.1", GOOGLE, 400_000_000, (8, 4, 6)),
    VideoModel("google/veo-3.1-fast", "Veo 3.1 Fast", GOOGLE, 150_000_000, (8, 4, 6)),
    VideoModel("runway/gen4.5", "Gen-4.5", "runway", 120_000_000, (5, 10)),
    VideoModel("minimax/hailuo-2.3", "Hailuo 2.3", "minimax", 50_000_000, (6, 10)),
    VideoModel("bytedance/seedance-2.0", "Seedance 2.0", "byteplus", 80_000_000, (5, 10), ("720p", "480p")),
)
DEFAULT_MODEL: Final = CATALOGUE[0]
DEFAULT_MODEL_NAME: Final = "sora-2"
"""What a create without a model means (source of 2026-08-22; the specification requires one)."""

_BY_NAME: Final = {name: model for model in CATALOGUE for name in (model.id, model.id.partition("/")[2])}
_PROVIDERS: Final = {model.id.partition("/")[0]: model.provider for model in CATALOGUE}


def find_model(name: str) -> VideoModel | None:
    """The model of that name, with or without its maker; any `maker/name` is taken, served by the maker's provider."""
    known = _BY_NAME.get(name)
    maker, slash, rest = name.partition("/")
    if known is not None or not (maker and slash and rest):
        return known
    return VideoModel(
        name,
        rest,
        _PROVIDERS.get(maker, maker),
        DEFAULT_MODEL.nanos_per_second,
        DEFAULT_MODEL.seconds,
        DEFAULT_MODEL.resolutions,
    )


_NATIVE_ID_FORMATS: Final = {
    OPENAI: "video_{hex}",
    GOOGLE: "models/{model}/operations/{short}",
    "minimax": "{digits}",
    "byteplus": "cgt-{short}",
}
"""How providers shape their ids (inferred); the others get a UUID."""


def native_id(job_id: str, provider: str, model: str) -> str:
    """The provider's own id of a video: made from the video's id, the same every time."""
    raw = seeded_bytes(job_id, "native")
    return _NATIVE_ID_FORMATS.get(provider, "{uuid}").format(
        hex=raw.hex(),
        short=raw[:6].hex(),
        digits=str(int.from_bytes(raw[:8]))[:15],
        model=model.rpartition("/")[2],
        uuid=uuid_text(job_id, "native"),
    )
