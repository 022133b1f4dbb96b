"""The vendors' own clients for JavaScript as a jury: a job to its end, a cancel, a mistake."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_server import fake_server
from tests.support.node_packages import node_modules

PROJECT = Path(__file__).parent
PROGRAM = "clients.mjs"
SEEN: dict[str, dict[str, Any]] = {
    "anthropic": {
        "statuses": ["in_progress", "ended"],
        "result": ["succeeded"],
        "late": {"error": "BadRequestError", "status": 400},
        "cancelled": ["canceling", "ended"],
        "mistake": {"error": "NotFoundError", "status": 404},
    },
    "fal": {
        "statuses": ["IN_QUEUE", "IN_PROGRESS", "COMPLETED"],
        "result": ["images", "seed"],
        "late": {"error": "ApiError", "status": 400},
        "cancelled": ["COMPLETED"],
        "mistake": {"error": "ApiError", "status": 404},
    },
    "openai": {
        "statuses": ["validating", "in_progress", "finalizing", "completed"],
        "result": "a",
        "late": {"error": "ConflictError", "status": 409},
        "cancelled": ["cancelling", "cancelled"],
        "mistake": {"error": "BadRequestError", "status": 400},
    },
    "replicate": {
        "statuses": ["starting", "processing", "succeeded"],
        "result": "object",
        "late": {"answered": "succeeded"},
        "cancelled": ["canceled"],
        "mistake": {"error": "ApiError", "status": 404},
    },
    "runway": {
        "statuses": ["PENDING", "RUNNING", "SUCCEEDED"],
        "result": 1,
        "late": {},
        "cancelled": "NotFoundError",
        "mistake": {"error": "BadRequestError", "status": 400},
    },
}
"""By vendor: the statuses of a job, its result, a cancel after its end, the statuses after a cancel, a mistake."""


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """Return a folder with the program and the clients."""
    folder = tmp_path_factory.mktemp("clients")
    (folder / PROGRAM).write_bytes((PROJECT / PROGRAM).read_bytes())
    (folder / "node_modules").symlink_to(node_modules(PROJECT), target_is_directory=True)
    return folder


@pytest.mark.parametrize("vendor", SEEN)
def test_the_client_creates_follows_and_cancels_jobs(project, vendor):
    with fake_server(vendor) as server:
        words = ["node", PROGRAM, vendor, server.url]
        done = subprocess.run(words, cwd=project, capture_output=True, encoding="utf-8", timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == SEEN[vendor]
