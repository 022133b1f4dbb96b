"""The lines of `mockserver listen --json`: one webhook delivery each, read as the exchange that it was.

    {"at":"2026-08-05T10:00:30.000000Z","vendor":"reap","event":"completed","job":"65f1...","attempt":null,
     "signature":"unsigned, as always","path":"/hook","answered":200,
     "body":{"projectId":"65f1...","status":"completed"}}

(in one line). The headers are not in the file. Each line stands for itself, as in a journal.
"""

from typing import Final

import orjson

from mockserver.core.wire import Exchange, Request, Response, SourcePosition
from mockserver.recordings.journal import require, require_instant

NO_DELIVERY: Final = "line that is no delivery"


def parse_delivery(text: bytes, line: int) -> Exchange | str:
    """Return the exchange of the line with this number, or the reason why it is none."""
    try:
        row = orjson.loads(text)
        at, body = require_instant(row["at"]), row["body"]
        path, answered = require(str, row["path"]), require(int, row["answered"])
    except (LookupError, TypeError, ValueError, AttributeError):
        return NO_DELIVERY
    data = body.encode() if isinstance(body, str) else orjson.dumps(body)
    request = Request("POST", path, "", {"content-type": "application/json"}, data)
    return Exchange(
        request=request,
        response=Response(answered),
        sent_at=at,
        answered_at=at,
        sent_seq=2 * line - 1,
        answered_seq=2 * line,
        position=SourcePosition(line, 1),
    )
