"""Phaseo's Python client, which has no waiter: a plain loop around `videos.retrieve`, and what a scenario calls."""

import json
import os
import time

from phaseo import Phaseo

client = Phaseo(api_key=os.environ["MOCKSERVER_TRIAL_KEY"], base_url=os.environ["MOCKSERVER_TRIAL_BASE_URL"])
operations = os.environ["MOCKSERVER_TRIAL_OPERATIONS"].split(",")
video = client.videos.create({"model": "qwen/wan2.7-t2v", "prompt": "A lighthouse at dusk"})
if "cancel" in operations:
    client.videos.cancel(video["id"])
while video["status"] not in ("completed", "failed", "cancelled", "expired"):
    time.sleep(0.01)
    video = client.videos.retrieve(video["id"])
if video["status"] == "completed" and "content" in operations:
    client.videos.content(video["id"])
print(json.dumps({"status": video["status"]}))
