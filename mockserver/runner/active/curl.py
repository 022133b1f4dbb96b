"""A request as a line for a shell, so that whoever reads a finding can send it again."""

import json
import shlex
from collections.abc import Sequence
from typing import Final

from mockserver.core.wire import Request

KEY_VARIABLE: Final = "API_KEY"


def curl_command(base_url: str, request: Request, auth_header_names: Sequence[str] = (), key: str = "") -> str:
    """A line that sends the request again; the key is `$API_KEY` in it."""
    target = base_url.rstrip("/") + request.path + (f"?{request.query}" if request.query else "")
    words = ["curl", "-i", "-X", request.method, shlex.quote(target)]
    for name, value in request.headers.items():
        if name in auth_header_names and key and key in value:
            words += ["-H", '"' + f"{name}: {value}".replace(key, f"${KEY_VARIABLE}") + '"']
        else:
            words += ["-H", shlex.quote(f"{name}: {value}")]
    return " ".join([*words, *_data_arguments(request.body)])


def _data_arguments(body: bytes) -> list[str]:
    if not body:
        return []
    try:
        text = json.dumps(json.loads(body))
    except ValueError:
        text = body.decode("ascii", "replace")
    if text.isprintable() and "\ufffd" not in text:
        return ["--data-raw", shlex.quote(text)]
    octal = "".join(f"\\{byte:03o}" for byte in body)
    return ["--data-binary", f"@<(printf {shlex.quote(octal)})"]
