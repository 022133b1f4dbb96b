"""OpenAI's Python client, which has no waiter for batches: a plain loop around `batches.retrieve`."""

import json
import time
from contextlib import suppress

from openai import APIStatusError, OpenAI
from virtual_time import BASE_URL, CANCELS_LATE, KEY, OPERATIONS, pauses

client = OpenAI(api_key=KEY, base_url=BASE_URL)


def wait(batch_id):
    """Read a batch until it has ended."""
    for pause in pauses():
        batch = client.batches.retrieve(batch_id)
        if batch.status in ("completed", "failed", "expired", "cancelled"):
            break
        time.sleep(pause)
    return batch


body = {"model": "gpt-4.1-mini", "messages": [{"role": "user", "content": "Hello"}]}
line = {"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": body}
file = client.files.create(file=("input.jsonl", json.dumps(line).encode()), purpose="batch")
made = client.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")
if CANCELS_LATE:
    wait(made.id)
if "cancel" in OPERATIONS:
    # A refusal is an answer: the batch shows how it ended.
    with suppress(APIStatusError):
        client.batches.cancel(made.id)
done = wait(made.id)
for file_id in filter(None, (done.output_file_id, done.error_file_id)):
    client.files.content(file_id)
print(json.dumps({"status": done.status}))
