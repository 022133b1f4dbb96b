"""The create request of a batch: what it must be, and what is remembered of it (source of 2026-08-22).

There is no strict schema: unknown keys pass. The requests of a batch stand in one of three lists. `requests` has whole
rows (`{custom_id, url, body}`), `prompts` and `items` have texts or objects from which the gateway makes the bodies. A
file in their place is unknown here: the routes that upload files are not served.

The checks come in the service's order, and the first one that fails is the answer.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from hashlib import sha256
from typing import Any, Final, NamedTuple

import orjson

from mockserver.vendors.api import Call, Source, VendorRule
from mockserver.vendors.phaseo.requests import EVENT_NAMES, remember_webhook
from mockserver.vendors.phaseo.states import CODE, NEWEST_CODE

PROVIDER: Final = "openai"
"""The one provider of the preview, unless the service is configured otherwise."""


class BatchModel(NamedTuple):
    """A model that batches can name."""

    id: str
    name: str
    nanos_per_request: int
    """Billionths of a US dollar per request (invented; the service counts tokens)."""
    endpoint: str
    """The endpoint whose requests it answers."""


BATCH_MODELS: Final = (
    BatchModel("openai/gpt-5-nano", "GPT-5 nano", 200_000, "/v1/responses"),
    BatchModel("openai/gpt-5-mini", "GPT-5 mini", 1_000_000, "/v1/responses"),
    BatchModel("openai/gpt-4.1-mini", "GPT-4.1 mini", 800_000, "/v1/chat/completions"),
)
BATCH_EXAMPLE: Final[Mapping[str, Any]] = {
    "model": BATCH_MODELS[0].id,
    "requests": [{"body": {"input": "Describe a lighthouse at dusk."}}] * 3,
}
"""A body that creates a batch; its rows have no `custom_id`, so that they can be repeated."""

DEFAULT_ENDPOINT: Final = "/v1/responses"
COMPLETION_WINDOW_NAME: Final = "24h"
MAX_REQUESTS: Final = 50_000
MAX_CUSTOM_ID_BYTES: Final = 512

ENDPOINT_FIELDS: Final[Mapping[str, str | None]] = {
    "/v1/chat/completions": "messages",
    "/v1/responses": "input",
    "/v1/embeddings": "input",
    "/v1/completions": None,
    "/v1/moderations": None,
    "/v1/images/generations": None,
    "/v1/images/edits": None,
    "/v1/videos": None,
}
"""OpenAI's endpoints, and the member that a request's body must have there."""
_MISSING_FIELD: Final[Mapping[str, str]] = {
    "/v1/chat/completions": "batch_messages_required",
    "/v1/responses": "batch_responses_input_required",
    "/v1/embeddings": "batch_embeddings_input_required",
}
_OTHER_ENDPOINTS: Final = ("/v1/messages", "/v1/generateContent", "/v1/ocr", "/v1/fim/completions")
"""Endpoints of other providers: known, and not supported by OpenAI."""

_MAKERS: Final[Mapping[str, str]] = {
    "google": "google-ai-studio",
    "gemini": "google-ai-studio",
    "xai": "x-ai",
    "spacex-ai": "x-ai",
    "moonshot-ai": "moonshotai",
    "together-ai": "together",
}
"""Makers and providers whose batches are those of a provider with another name."""
_MODEL_PREFIXES: Final[Mapping[str, str]] = {
    "claude-": "anthropic",
    "gemini-": "google-ai-studio",
    "grok-": "x-ai",
    "kimi-": "moonshotai",
    "mistral-": "mistral",
}
"""Beginnings of model names without a maker; every other name is taken as OpenAI's (inferred)."""


class BatchRefusal(NamedTuple):
    """Why a create is refused."""

    reason: str
    code: str = "validation_error"
    extra: Mapping[str, Any] = {}
    """Further members of the error."""
    nested_status: int | None = None
    """The status of an error in the batches' own shape, `{error: {type, reason, ...}}`; None: the gateway's shape."""


class BatchRow(NamedTuple):
    """One request of a batch."""

    custom_id: str
    model: str
    body_hash: str
    """The SHA-256 of its body, in hexadecimal."""


def read_batch(body: Mapping[str, Any]) -> BatchRefusal | Mapping[str, Any]:
    """Return what is remembered of the batch that a create body describes, or why it is refused.

    Whether its webhook is known depends on more than the body: `webhook_refusal`.
    """
    refusal = _input_refusal(body) or _provider_refusal(body) or _window_refusal(body)
    if refusal is not None:
        return refusal
    rows = parse_rows(body)
    return _rows_refusal(rows) or _spec(body, rows)


def webhook_of(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the webhook of a create: its `webhook`, or one of its `webhook_endpoint_id`; None without either."""
    webhook = body.get("webhook")
    if isinstance(webhook, Mapping):
        return webhook
    endpoint_id = _text(body.get("webhook_endpoint_id"))
    return {"endpoint_id": endpoint_id} if endpoint_id else None


def webhook_refusal(call: Call, body: Mapping[str, Any]) -> BatchRefusal | None:
    """Return why the webhook of a create is refused, which is checked before all else; None where it is not."""
    webhook = webhook_of(body)
    if webhook is None:
        return BatchRefusal("invalid_batch_webhook") if body.get("webhook") is not None else None
    endpoint_id = _text(webhook.get("endpoint_id"))
    if endpoint_id is None:
        message = "A batch's webhook names a managed endpoint: webhook_endpoint_id."
        return BatchRefusal("batch_webhook_endpoint_required", extra={"message": message})
    endpoint = call.script.webhook_endpoint
    if endpoint is None or endpoint.id not in ("", endpoint_id):
        message = "The workspace has no active webhook endpoint with this id."
        extra = {"message": message, "webhook_endpoint_id": endpoint_id}
        return BatchRefusal("batch_webhook_endpoint_not_found_or_inactive", extra=extra)
    events = webhook.get("events")
    if events is not None and not (isinstance(events, list) and (not events or EVENT_NAMES.intersection(events))):
        return BatchRefusal("invalid_batch_webhook")
    return None


_INPUT_LISTS: Final = ("requests", "prompts", "items")


def _input_refusal(body: Mapping[str, Any]) -> BatchRefusal | None:
    lists = [body[name] for name in _INPUT_LISTS if isinstance(body.get(name), list | tuple)]
    file_id = _text(body.get("input_file_id"))
    if len(lists) + bool(file_id) > 1:
        return BatchRefusal("ambiguous_batch_input")
    if file_id:
        return BatchRefusal("batch_input_file_not_found_or_not_owned", "not_found", {"file_id": file_id})
    if not lists:
        return BatchRefusal("missing_batch_input")
    return BatchRefusal("invalid_requests") if not lists[0] else None


def _provider_refusal(body: Mapping[str, Any]) -> BatchRefusal | None:
    """Refuse providers outside of the preview, and requests for several providers."""
    named = body.get("provider")
    if isinstance(named, Mapping):
        named = next(iter(named.get("only") or named.get("order") or ()), None)
    if isinstance(named, str):
        providers = {_MAKERS.get(named.lower(), named.lower())}
    else:
        providers = {_provider_of(model) for model in _models_of(body)}
    if len(providers) > 1:
        message = "Submit one batch for each provider."
        extra = {"message": message, "input_mode": "requests", "requested_providers": sorted(providers)}
        return BatchRefusal("batch_multi_provider_requests_not_supported", "not_implemented", extra, 501)
    if not providers <= {PROVIDER}:
        message = "The provider is not enabled for the preview of the Batch API."
        extra = {"message": message, "requested_providers": sorted(providers), "enabled_providers": [PROVIDER]}
        return BatchRefusal("batch_provider_preview_disabled", "forbidden", extra, 403)
    return None


def _window_refusal(body: Mapping[str, Any]) -> BatchRefusal | None:
    if (_text(body.get("completion_window")) or COMPLETION_WINDOW_NAME) == COMPLETION_WINDOW_NAME:
        return None
    message = "OpenAI's batches have a completion window of 24h only."
    return BatchRefusal("openai_batch_completion_window_unsupported", extra={"message": message})


def _rows_refusal(rows: "tuple[BatchRow, ...] | str") -> BatchRefusal | None:
    if isinstance(rows, str):
        return BatchRefusal(rows)
    models = sorted({row.model for row in rows})
    if len(models) > 1:
        message = "The provider runs one model in a batch; submit one batch for each model."
        extra = {"message": message, "provider": PROVIDER, "models": models}
        return BatchRefusal("batch_multiple_models_not_supported", extra=extra)
    return None


def _provider_of(model: str) -> str:
    maker, _, name = model.lower().rpartition("/")
    if maker:
        return _MAKERS.get(maker, maker)
    return next((provider for prefix, provider in _MODEL_PREFIXES.items() if name.startswith(prefix)), PROVIDER)


def _models_of(body: Mapping[str, Any]) -> Iterator[str]:
    """Yield the models that a create names, for the batch and in its rows."""
    for entry in (body, *_entries(body)):
        if isinstance(entry, Mapping):
            for holder in (entry, _row_body(entry) or {}):
                model = _text(holder.get("model"))
                if model:
                    yield model


def _entries(body: Mapping[str, Any]) -> list[Any]:
    return [entry for name in _INPUT_LISTS if isinstance(body.get(name), list | tuple) for entry in body[name]]


def _row_body(entry: Mapping[str, Any]) -> Mapping[str, Any] | None:
    found = entry.get("body") or entry.get("request")
    return found if isinstance(found, Mapping) else None


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def endpoint_of(body: Mapping[str, Any]) -> str | None:
    """Return the endpoint that a batch's requests go to; None for one that the gateway does not know."""
    declared = _text(body.get("endpoint"))
    return DEFAULT_ENDPOINT if declared is None else _normalize_endpoint(declared)


def _normalize_endpoint(text: str) -> str | None:
    path = "/" + text.split("?")[0].strip("/")
    if not path.startswith("/v1/"):
        path = f"/v1{path}"
    return path if path in ENDPOINT_FIELDS or path in _OTHER_ENDPOINTS else None


def _lacks_field(endpoint: str, entry: "_Entry") -> bool:
    return entry.endpoint == endpoint and ENDPOINT_FIELDS[endpoint] not in entry.request


class _Entry(NamedTuple):
    """One request as the create describes it, and what it inherits from the batch."""

    number: int
    """From 1."""
    fields: Mapping[str, Any]
    request: Mapping[str, Any]
    """Its body."""
    endpoint: str
    batch_model: str | None

    @property
    def own_endpoint(self) -> str | None:
        text = _text(self.fields.get("url"))
        return self.endpoint if text is None else _normalize_endpoint(text)

    @property
    def own_model(self) -> str | None:
        return _text(self.request.get("model")) or _text(self.fields.get("model"))

    @property
    def model(self) -> str:
        return _native_model(self.own_model or self.batch_model or "")

    @property
    def custom_id(self) -> str:
        return _text(self.fields.get("custom_id")) or _text(self.fields.get("id")) or f"request-{self.number}"

    def row(self) -> BatchRow:
        text = orjson.dumps({**self.request, "model": self.model}, option=orjson.OPT_SORT_KEYS, default=dict)
        return BatchRow(self.custom_id, self.model, sha256(text).hexdigest())


_ROW_RULES: Final[tuple[tuple[str, Callable[[_Entry], bool]], ...]] = (
    ("batch_mixed_endpoints_not_supported", lambda entry: entry.own_endpoint != entry.endpoint),
    ("batch_method_not_supported", lambda entry: (_text(entry.fields.get("method")) or "POST").upper() != "POST"),
    ("missing_model", lambda entry: not entry.model),
    ("batch_model_conflict", lambda entry: entry.model != _native_model(entry.batch_model or entry.model)),
    ("batch_streaming_not_supported", lambda entry: entry.request.get("stream") is True),
    *((reason, partial(_lacks_field, endpoint)) for endpoint, reason in _MISSING_FIELD.items()),
    ("batch_custom_id_too_long", lambda entry: len(entry.custom_id.encode()) > MAX_CUSTOM_ID_BYTES),
)
"""What is wrong with a row, in the order in which it is checked."""


def parse_rows(body: Mapping[str, Any]) -> tuple[BatchRow, ...] | str:
    """Return the requests of a create body, or the reason why one of them is refused."""
    endpoint = endpoint_of(body)
    if endpoint is None:
        return "batch_endpoint_unsupported"
    if endpoint not in ENDPOINT_FIELDS:
        return "batch_endpoint_not_supported_by_provider"
    entries = _entries(body)
    if len(entries) > MAX_REQUESTS:
        return "batch_request_limit_exceeded"
    rows: list[BatchRow] = []
    for number, entry in enumerate(entries, start=1):
        fields = entry if isinstance(entry, Mapping) else {}
        request = _row_body(fields)
        if body.get("requests") and request is None:
            return "invalid_request_body" if fields else "invalid_request"
        request = request or _prompt_body(entry, fields, endpoint)
        if request is None:
            return "invalid_prompt_item"
        found = _Entry(number, fields, request, endpoint, _text(body.get("model")))
        reason = next((reason for reason, broken in _ROW_RULES if broken(found)), None)
        if reason is not None:
            return reason
        rows.append(found.row())
    if len({row.custom_id for row in rows}) < len(rows):
        return "duplicate_custom_id"
    return tuple(rows)


def _native_model(model: str) -> str:
    """Return the provider's name of a model, without the maker."""
    return model.rpartition("/")[2]


def _prompt_body(entry: Any, fields: Mapping[str, Any], endpoint: str) -> Mapping[str, Any] | None:
    """Make a request's body from a text, or from an object with a prompt or messages; None if there is none."""
    texts = [entry, *(fields.get(name) for name in ("prompt", "input", "text", "content"))]
    prompt = next(filter(None, map(_text, texts)), None) or fields.get("messages")
    if not prompt:
        return None
    return {ENDPOINT_FIELDS[endpoint] or "input": prompt}


def build_batch_spec(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is remembered of a batch: model, endpoint, prices, webhook, and `items`, its rows."""
    return _spec(body, parse_rows(body))


def _spec(body: Mapping[str, Any], rows: tuple[BatchRow, ...] | str) -> Mapping[str, Any]:
    name = next(_models_of(body), BATCH_MODELS[0].id)
    model = next((each for each in BATCH_MODELS if _native_model(each.id) == _native_model(name)), BATCH_MODELS[0])
    webhook = webhook_of(body)
    return {
        "model": name,
        "provider": PROVIDER,
        "endpoint": endpoint_of(body),
        "metadata": body.get("metadata"),
        "session_id": _text(body.get("session_id")),
        "nanos_per_request": model.nanos_per_request,
        "webhook": None if webhook is None else remember_webhook(webhook),
        "items": [row._asdict() for row in rows if not isinstance(row, str)],
    }


def _rule(subject: str, text: str, sentence: str) -> VendorRule:
    return VendorRule("requests", subject, text, Source(CODE, NEWEST_CODE, sentence))


RULES: Final = (
    _rule("create_batch", f"1 to {MAX_REQUESTS} requests, in one of {', '.join(_INPUT_LISTS)}",
          "One list of requests, or a file."),
    _rule("create_batch, provider", f"only {PROVIDER}; any other is 403 batch_provider_preview_disabled",
          "The preview enables OpenAI unless it is configured otherwise."),
    _rule("create_batch, model", "one for the whole batch", "OpenAI runs one model in a batch."),
    _rule("create_batch, custom_id", f"unique, at most {MAX_CUSTOM_ID_BYTES} bytes; request-N without one",
          "The checks of a row."),
    _rule("create_batch, completion_window", COMPLETION_WINDOW_NAME, "OpenAI's only window."),
    _rule("create_batch, webhook", "names an existing endpoint, else 400", "A webhook is checked before all else."),
)  # fmt: skip
