"""Many at a time: the list of videos, the models that make them, and the lookups of the vendor's clients."""

import re
from itertools import islice
from typing import Any, Final

from mockserver.core.wire import Response
from mockserver.vendors.api import Answer, Call
from mockserver.vendors.commands import snapshot
from mockserver.vendors.phaseo.models import CATALOGUE, VideoModel
from mockserver.vendors.phaseo.operations import VIDEO_KIND, uncached_json
from mockserver.vendors.phaseo.responses import video_body
from mockserver.vendors.phaseo.states import STATUS_FILTERS
from mockserver.vendors.phaseo.traits import PhaseoTraits, traits_of

_DEFAULT_PAGE_SIZE: Final = 50
_MAX_PAGE_SIZE: Final = 100
_NUMBER: Final = re.compile(r"[+-]?\d{1,15}(?:\.\d{0,15})?", re.ASCII)


def _page_size(call: Call) -> int:
    """How many videos a page has: clamped to 0..100, 50 where the text is no number (source of 2026-08-22)."""
    asked = call.query("limit").strip()
    return max(0, min(_MAX_PAGE_SIZE, int(float(asked)))) if _NUMBER.fullmatch(asked) else _DEFAULT_PAGE_SIZE


def _requested_states(call: Call) -> frozenset[str] | None:
    """The states that the `status` parameters ask for, in the era's spelling; None for all."""
    words = (word.strip().lower() for value in call.query_all("status") for word in value.split(","))
    wanted = {state for word in words for state in STATUS_FILTERS.get(word, ())}
    return frozenset(wanted.intersection(call.era.main_kind.lifecycle.states)) if wanted else None


def list_videos(call: Call) -> Answer:
    """GET /v1/videos: newest first; a page after an unknown cursor is empty (inferred)."""
    modern = traits_of(call).asynchronous
    limit, cursor = _page_size(call), call.query("after") if modern else ""
    oldest_first = modern and call.query("order").lower() == "asc"
    jobs = call.view.jobs(VIDEO_KIND, call.now, states=_requested_states(call), after=cursor, oldest_first=oldest_first)
    page = list(islice(jobs, limit + 1))
    data = [video_body(call, snapshot(job, call.now)) for job in page[:limit]]
    body: dict[str, Any] = {"object": "list", "data": data}
    if modern:
        ids = [job.id for job in page[:limit]]
        body["first_id"], body["last_id"] = (ids[0], ids[-1]) if ids else (None, None)
        body["has_more"] = len(page) > limit
    return Answer(uncached_json(body))


def _param_details(model: VideoModel) -> dict[str, Any]:
    """The parameters of a model, and their values where they are few."""
    return {
        "duration": {"supported": True, "type": "enum", "values": list(model.seconds), "default": model.seconds[0]},
        "resolution": {"supported": True, "type": "enum", "values": list(model.resolutions), "aliases": ["size"]},
        "aspect_ratio": {"supported": True, "type": "string"},
        "sample_count": {"supported": True, "type": "integer"},
        "seed": {"supported": True, "type": "integer"},
        "generate_audio": {"supported": True, "type": "boolean"},
        "input_references": {"supported": True, "type": "array"},
    }


def _supported_params(model: VideoModel, traits: PhaseoTraits) -> dict[str, Any]:
    details = _param_details(model)
    supports: dict[str, Any] = {"supported_params": list(details)}
    if traits.asynchronous:
        supports["supported_parameters"] = list(details)
        supports["supported_params_detail"] = supports["supported_parameters_detail"] = details
    return supports


def _model_body(model: VideoModel, traits: PhaseoTraits) -> dict[str, Any]:
    supports = _supported_params(model, traits)
    return {
        "model": model.id,
        "name": model.name,
        "status": "active",
        "input_types": ["text", "image"],
        "output_types": ["video"],
        **supports,
        "providers": [{"id": model.provider, **supports}],
        "pricing": {"currency": "usd", "unit": "second", "price": f"{model.nanos_per_second / 1e9:.2f}"},
    }


def _param_names(model: VideoModel) -> set[str]:
    """What a parameter of a model may be called."""
    return {name for key, detail in _param_details(model).items() for name in (key, *detail.get("aliases", ()))}


def list_models(call: Call) -> Answer:
    """GET /v1/videos/models: those that support every parameter that `params` names."""
    wanted = {name.strip() for value in call.query_all("params") for name in value.split(",")} - {""}
    traits = traits_of(call)
    return Answer(
        uncached_json(
            {
                "object": "list",
                "data": [_model_body(model, traits) for model in CATALOGUE if wanted <= _param_names(model)],
            }
        )
    )


def lookup_models(call: Call) -> Answer:
    """GET /v1/data/models, /v1/models: the clients ask here whether a model is retired; none is."""
    return Answer(_NO_RETIRED_MODELS)


_NO_RETIRED_MODELS: Final[Response] = uncached_json({"models": []})
