"""TwelveLabs' synchronous Python client: create a task, cancel it if the scenario does, wait with its own waiter.

`wait_for_done` is a method of `client.tasks`, which reads indexing tasks. It calls nothing but `self.retrieve`, so it
is given the analysis tasks here, whose `retrieve` has the same parameters.
"""

import json
import os

from twelvelabs import TwelveLabs
from twelvelabs.types import VideoContext_Url
from twelvelabs.wrapper.task_client_wrapper import TaskClientWrapper

client = TwelveLabs(api_key=os.environ["MOCKSERVER_TRIAL_KEY"], base_url=os.environ["MOCKSERVER_TRIAL_BASE_URL"])
tasks = client.analyze_async.tasks
task = tasks.create(video=VideoContext_Url(url="https://example.com/video.mp4"), prompt="Summarize this video.")
if "cancel_task" in os.environ["MOCKSERVER_TRIAL_OPERATIONS"].split(","):
    tasks.cancel(task.task_id)
done = TaskClientWrapper.wait_for_done(tasks, task.task_id, sleep_interval=0.01)
print(json.dumps({"status": done.status}))
