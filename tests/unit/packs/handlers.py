"""The handler that the pack of the tests names, and one that no pack can have."""

from mockserver.vendors.api import Answer, Call
from mockserver.vendors.http import json_response


def ping(call: Call) -> Answer:
    return Answer(json_response(200, {"pong": call.era.vendor}))


async def ping_later(call: Call) -> Answer:
    return ping(call)
