"""Runway's Python client: create, cancel if the scenario does, wait with its own `wait_for_task_output`."""

import json

from runwayml import RunwayML
from virtual_time import BASE_URL, CANCELS_LATE, KEY, OPERATIONS

client = RunwayML(api_key=KEY, base_url=BASE_URL)
image = "https://images.example.com/a.jpg"
task = client.image_to_video.create(model="gen4_turbo", prompt_image=image, ratio="1280:720")
if CANCELS_LATE:
    task.wait_for_task_output()
if "cancel" in OPERATIONS:
    client.tasks.delete(task.id)
print(json.dumps({"status": task.wait_for_task_output().status}))
