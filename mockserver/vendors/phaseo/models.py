"""The models and the providers behind them; the provider of a model decides whether its videos can be cancelled.

The model ids are those of the vendor's Python client 3.0.0 and of its repository's tests; prices and parameter values
are invented. The default is a model of the provider `alibaba`: it has a cancel, and its videos show the documented
statuses, which those of `openai` do not.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from mockserver.core.ids import seeded_bytes, uuid_text
from mockserver.core.job import Job

OPENAI: Final = "openai"
GOOGLE: Final = "google-ai-studio"

CANCEL_FAILURE_REASONS: Final = {
    OPENAI: "video_cancel_provider_upstream_error",
    "alibaba": "dashscope_task_cancel_failed",
    "alibaba-cloud": "dashscope_task_cancel_failed",
    "qwen": "dashscope_task_cancel_failed",
    "runway": "runway_task_cancel_failed",
}
"""The providers with a cancel, and the reason of the 502 when one of them refuses (source of 2026-06-11)."""

UPSTREAM_FAILURE_PROVIDERS: Final = frozenset({OPENAI, GOOGLE})
"""Providers whose failed videos answer a download with 502, not 409 (source of May 2026; inferred for OpenAI)."""


class VideoModel(NamedTuple):
    """One entry of the catalogue."""

    id: str
    name: str
    provider: str | None
    """None: no provider serves the model."""
    nanos_per_second: int
    """Billionths of a US dollar per second of video."""
    seconds: tuple[int, ...]
    """The durations that it supports; the first is the default."""
    resolutions: tuple[str, ...] = ("720p", "1080p")


_OPENAI_SIZES: Final = ("1280x720", "720x1280")
CATALOGUE: Final = (
    VideoModel("qwen/wan2.7-t2v", "Wan 2.7", "alibaba", 100_000_000, (5, 10)),
    VideoModel("openai/sora-2", "Sora 2", OPENAI, 100_000_000, (4, 8, 12), resolutions=_OPENAI_SIZES),
    VideoModel("openai/sora-2-pro", "Sora 2 Pro", OPENAI, 300_000_000, (4, 8, 12), resolutions=_OPENAI_SIZES),
    VideoModel("google/veo-3.1", "Veo 3.1", GOOGLE, 400_000_000, (8, 4, 6)),
    VideoModel("google/veo-3.1-fast", "Veo 3.1 Fast", GOOGLE, 150_000_000, (8, 4, 6)),
    VideoModel("runway/gen4.5", "Gen-4.5", "runway", 120_000_000, (5, 10)),
    VideoModel("minimax/hailuo-2.3", "Hailuo 2.3", "minimax", 50_000_000, (6, 10)),
    VideoModel("bytedance/seedance-2.0", "Seedance 2.0", "byteplus", 80_000_000, (5, 10), resolutions=("720p", "480p")),
)
DEFAULT_MODEL: Final = CATALOGUE[0]
DEFAULT_MODEL_NAME: Final = "sora-2"
"""The model of a create that names none (source of 2026-08-22; the specification requires one)."""

_BY_NAME: Final = {name: model for model in CATALOGUE for name in (model.id, model.id.partition("/")[2])}
_PROVIDERS: Final[dict[str, str | None]] = {model.id.partition("/")[0]: model.provider for model in CATALOGUE}


def find_model(name: str) -> VideoModel | None:
    """Return the model of that name, with or without its maker; None for an unknown name without a maker.

    Any other `maker/name` is accepted, as a model of the maker's provider with the default model's parameters.
    """
    if name in _BY_NAME:
        return _BY_NAME[name]
    maker, _, model = name.partition("/")
    if not maker or not model:
        return None
    return DEFAULT_MODEL._replace(id=name, name=model, provider=_PROVIDERS.get(maker, maker))


_NATIVE_IDS: Final[Mapping[str, Callable[[bytes, str], str]]] = {
    OPENAI: lambda raw, model: f"video_{raw.hex()}",
    GOOGLE: lambda raw, model: f"models/{model}/operations/{raw[:6].hex()}",
    "minimax": lambda raw, model: str(int.from_bytes(raw[:8]))[:15],
    "byteplus": lambda raw, model: f"cgt-{raw[:6].hex()}",
}
"""(16 bytes, the model's name) -> an id in the format of a provider (inferred); the others' are UUIDs."""


def native_id(job: Job) -> str:
    """Return the provider's own id of a video; it derives from the video's id."""
    render = _NATIVE_IDS.get(job.spec["provider"])
    if render is None:
        return uuid_text(job.id, "native")
    return render(seeded_bytes(job.id, "native"), job.spec["model"].rpartition("/")[2])
