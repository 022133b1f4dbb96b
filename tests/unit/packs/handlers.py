"""The handler that the pack of the tests names."""

from mockserver.vendors.api import Answer, Call
from mockserver.vendors.http import json_response


def ping(call: Call) -> Answer:
    return Answer(json_response(200, {"pong": call.era.vendor}))
