"""A big recording, and what reading it takes."""

import json
import os
import subprocess
from pathlib import Path

ENTRIES_A_JOB = 50


def write_har(path: Path, size: int) -> None:
    """A HAR of about `size` bytes: one video after another, each polled until it is completed."""
    with path.open("w", encoding="utf-8") as har:
        har.write('{"log": {"version": "1.2", "entries": [')
        number = 0
        while har.tell() < size:
            har.write((",\n" if number else "") + json.dumps(_entry(number)))
            number += 1
        har.write("]}}")


def _entry(number: int) -> dict[str, object]:
    job, poll = divmod(number, ENTRIES_A_JOB)
    ended = poll == ENTRIES_A_JOB - 1
    body = {
        "id": f"G-{job:026d}",
        "object": "video",
        "status": "completed" if ended else "processing",
        "lifecycle_status": "completed" if ended else "running",
        "output_access": "bytes",
        "content_url": f"https://api.phaseo.app/v1/videos/G-{job:026d}/content",
        "progress": 100 if ended else poll,
        "error": None,
    }
    text = json.dumps(body)
    hour, rest = divmod(number, 3600)
    minute, second = divmod(rest, 60)
    started = f"2026-06-{12 + hour // 24:02d}T{hour % 24:02d}:{minute:02d}:{second:02d}.000Z"
    return {
        "startedDateTime": started,
        "time": 20,
        "request": {
            "method": "GET",
            "url": f"https://api.phaseo.app/v1/videos/{body['id']}",
            "headers": [{"name": "Authorization", "value": "Bearer bench"}],
        },
        "response": {
            "status": 200,
            "headers": [{"name": "Content-Type", "value": "application/json"}],
            "content": {"size": len(text), "mimeType": "application/json", "text": text},
        },
    }


def peak_of(command: list[str]) -> int:
    """The largest resident size of a command, in bytes; what it prints and how it ends do not matter."""
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(running.pid, 0)
    running.returncode = 0
    return usage.ru_maxrss * 1024
