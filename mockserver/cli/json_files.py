"""JSON files that a command is given: read with an error that says where they are wrong."""

import json
import sys
from pathlib import Path
from typing import Any, Final

from mockserver.cli.options import STDIN
from mockserver.errors import Location, MockError, Problem, refuse

_MAX_EXCERPT: Final = 200
"""Characters of a line of JSON that a message repeats."""


def read_json_object(path: Path, code: str, hint: str) -> dict[str, Any]:
    """Read a file that holds a JSON object (- is standard input). Raises `MockError` with the code that is given."""
    try:
        data = sys.stdin.buffer.read() if str(path) == STDIN else path.read_bytes()
        text = data.decode("utf-8")
        body = json.loads(text)
    except OSError as error:
        raise refuse(code, f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise refuse(code, f"{path} is not UTF-8", hint) from None
    except json.JSONDecodeError as error:
        if not text.strip():
            raise refuse(code, f"{path} is empty", hint) from None
        location = Location(str(path), error.lineno, error.colno)
        excerpt = text.splitlines()[error.lineno - 1][:_MAX_EXCERPT] if error.lineno <= len(text.splitlines()) else ""
        raise MockError(Problem(code, "the file is not JSON from here on", hint, location, excerpt)) from None
    except RecursionError:
        raise refuse(code, f"{path} is nested too deeply", hint) from None
    if not isinstance(body, dict):
        raise refuse(code, f"{path} is not a JSON object", hint)
    return body
