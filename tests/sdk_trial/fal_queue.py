"""fal's Python client: submit, cancel if the scenario does, wait with its own `get`.

Its address is a constant that always begins with https: it is replaced, and nothing else.
"""

from contextlib import suppress

from fal_client import FalClientHTTPError, SyncClient
from fal_client import client as fal_module
from virtual_time import BASE_URL, CANCELS_LATE, INTERVAL, KEY, OPERATIONS

fal_module.QUEUE_URL_FORMAT = f"{BASE_URL}/"
handle = SyncClient(key=KEY).submit("fal-ai/flux/dev", {"prompt": "A lighthouse at dusk"})
if CANCELS_LATE:
    handle.get(interval=INTERVAL)
if "cancel" in OPERATIONS:
    # A refusal is an answer: the wait shows how the request ended.
    with suppress(FalClientHTTPError):
        handle.cancel()
handle.get(interval=INTERVAL)
