"""A request as a shell command, so that the reader of a finding can send it again."""

import json
import shlex
from collections.abc import Sequence
from typing import Final

from mockserver.core.wire import Request

KEY_VARIABLE: Final = "API_KEY"


def curl_command(base_url: str, request: Request, auth_header_names: Sequence[str] = (), key: str = "") -> str:
    """Return a command that sends the request; the key in an authentication header becomes `$API_KEY`."""
    url = base_url.rstrip("/") + request.path
    if request.query:
        url += f"?{request.query}"
    words = ["curl", "-i", "-X", request.method, shlex.quote(url)]
    for name, value in request.headers.items():
        header = f"{name}: {value}"
        if name in auth_header_names and key and key in value:
            # In double quotes the shell substitutes the variable.
            words += ["-H", f'"{header.replace(key, f"${KEY_VARIABLE}")}"']
        else:
            words += ["-H", shlex.quote(header)]
    if request.body:
        try:
            text = json.dumps(json.loads(request.body))
        except ValueError:
            text = request.body.decode("ascii", "replace")
        if text.isprintable() and "\ufffd" not in text:
            words += ["--data-raw", shlex.quote(text)]
        else:
            # No argument can hold every byte: bash's process substitution writes them in octal.
            octal = "".join(f"\\{byte:03o}" for byte in request.body)
            words += ["--data-binary", f"@<(printf {shlex.quote(octal)})"]
    return " ".join(words)
