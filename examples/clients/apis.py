"""The three APIs as the example clients use them: where things are, and what the last statuses are."""

import os
import uuid
from typing import NamedTuple


class Api(NamedTuple):
    """One vendor's calls; each path stands behind the base URL."""

    create: tuple[str, str]
    """Method and path."""
    body: dict
    read: str
    """The path of one job, with `{id}`."""
    cancel: tuple[str, dict]
    """Path and body of a cancel, with `{id}`."""
    list_path: str
    id_field: str
    key_header: str
    terminal: tuple[str, ...]
    download: str
    """The path of what a completed job has made, with `{id}`."""


PHASEO = Api(
    create=("POST", "/videos"),
    body={"model": "qwen/wan2.7-t2v", "prompt": f"A lighthouse at dusk ({uuid.uuid4().hex[:8]})"},
    read="/videos/{id}",
    cancel=("/videos/{id}/cancel", {}),
    list_path="/videos",
    id_field="id",
    key_header="Authorization",
    terminal=("completed", "failed", "cancelled", "expired"),
    download="/videos/{id}/content",
)
TWELVELABS = Api(
    create=("POST", "/analyze/batches"),
    body={
        "model_name": "pegasus1.5",
        "analysis_mode": "general",
        "defaults": {"prompt": {"input_text": "Summarize this video."}},
        "requests": [
            {"video": {"type": "asset_id", "asset_id": "6298d673f1090f1100476d4c"}},
            {"video": {"type": "asset_id", "asset_id": "6298d673f1090f1100476d4d"}},
        ],
    },
    read="/analyze/batches/{id}",
    cancel=("/analyze/batches/{id}/cancel", {}),
    list_path="/analyze/batches",
    id_field="batch_id",
    key_header="x-api-key",
    terminal=("completed", "canceled", "expired"),
    download="/analyze/batches/{id}/results",
)
REAP = Api(
    create=("POST", "/create-clips"),
    body={"sourceUrl": "https://videos.example.com/talks/keynote.mp4"},
    read="/get-project-status?projectId={id}",
    cancel=("/cancel-project", {"projectId": "{id}"}),
    list_path="/get-all-projects",
    id_field="id",
    key_header="Authorization",
    terminal=("completed", "failed", "cancelled", "expired", "invalid", "error"),
    download="/get-project-clips?projectId={id}",
)
APIS = {"phaseo": PHASEO, "twelvelabs": TWELVELABS, "reap": REAP}

BASE_URL = os.environ["MOCKSERVER_TRIAL_BASE_URL"]
KEY = os.environ["MOCKSERVER_TRIAL_KEY"]
API = APIS[os.environ["MOCKSERVER_TRIAL_VENDOR"]]
OPERATIONS = os.environ["MOCKSERVER_TRIAL_OPERATIONS"].split(",")
"""What the scenario's own play calls: a hint what to try."""
EXISTING_JOB = os.environ.get("MOCKSERVER_TRIAL_JOB")
"""A job that the scenario has ready; None: the client creates its own."""


def headers() -> dict[str, str]:
    """Return the headers of every request."""
    key = f"Bearer {KEY}" if API.key_header == "Authorization" else KEY
    return {API.key_header: key, "Content-Type": "application/json"}
