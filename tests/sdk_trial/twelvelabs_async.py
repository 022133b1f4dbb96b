"""TwelveLabs' asynchronous Python client: as `twelvelabs_sync`."""

import asyncio
import json
import os

from twelvelabs import AsyncTwelveLabs
from twelvelabs.types import VideoContext_Url
from twelvelabs.wrapper.task_client_wrapper import AsyncTaskClientWrapper


async def main() -> None:
    """Create a task, cancel it if the scenario does, and wait for it."""
    key, url = os.environ["MOCKSERVER_TRIAL_KEY"], os.environ["MOCKSERVER_TRIAL_BASE_URL"]
    tasks = AsyncTwelveLabs(api_key=key, base_url=url).analyze_async.tasks
    video = VideoContext_Url(url="https://example.com/video.mp4")
    task = await tasks.create(video=video, prompt="Summarize this video.")
    if "cancel_task" in os.environ["MOCKSERVER_TRIAL_OPERATIONS"].split(","):
        await tasks.cancel(task.task_id)
    done = await AsyncTaskClientWrapper.wait_for_done(tasks, task.task_id, sleep_interval=0.01)
    print(json.dumps({"status": done.status}))


asyncio.run(main())
