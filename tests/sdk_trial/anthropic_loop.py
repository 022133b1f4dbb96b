"""Anthropic's Python client, which has no waiter for batches: a plain loop around `messages.batches.retrieve`."""

import json
import time
from contextlib import suppress

from anthropic import Anthropic, APIStatusError
from virtual_time import BASE_URL, CANCELS_LATE, KEY, OPERATIONS, pauses

batches = Anthropic(api_key=KEY, base_url=BASE_URL).messages.batches


def wait(batch_id):
    """Read a batch until it has ended."""
    for pause in pauses():
        batch = batches.retrieve(batch_id)
        if batch.processing_status == "ended":
            break
        time.sleep(pause)
    return batch


params = {"model": "claude-haiku-4-5", "max_tokens": 16, "messages": [{"role": "user", "content": "Hello"}]}
made = batches.create(requests=[{"custom_id": name, "params": params} for name in ("a", "b", "c")])
if CANCELS_LATE:
    wait(made.id)
for name, call in (("cancel", batches.cancel), ("delete", batches.delete)):
    if name in OPERATIONS:
        # A refusal is an answer: the batch shows how it ended.
        with suppress(APIStatusError):
            call(made.id)
done = wait(made.id)
if done.results_url:
    list(batches.results(made.id))
print(json.dumps({"status": done.processing_status}))
