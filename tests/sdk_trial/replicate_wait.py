"""Replicate's Python client: create, cancel if the scenario does, wait with its own `wait`."""

import json
from contextlib import suppress

from replicate.client import Client
from replicate.exceptions import ReplicateError
from virtual_time import BASE_URL, CANCELS_LATE, INTERVAL, KEY, OPERATIONS

VERSION = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"
client = Client(api_token=KEY, base_url=BASE_URL)
client.poll_interval = INTERVAL
prediction = client.predictions.create(version=VERSION, input={"text": "Alice"})
if CANCELS_LATE:
    prediction.wait()
if "cancel" in OPERATIONS:
    # A refusal is an answer: the wait shows how the prediction ended.
    with suppress(ReplicateError):
        prediction.cancel()
prediction.wait()
print(json.dumps({"status": prediction.status}))
