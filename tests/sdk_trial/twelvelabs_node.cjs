// TwelveLabs' client for Node: as twelvelabs_sync.py. NODE_PATH has the packages of tests/node.
const { TwelveLabs } = require("twelvelabs-js");
const { TasksWrapper } = require("twelvelabs-js/wrapper/resources/TasksWrapper");

async function main() {
  const client = new TwelveLabs({ apiKey: process.env.MOCKSERVER_TRIAL_KEY });
  const tasks = client.analyzeAsync.tasks;
  const task = await tasks.create({
    video: { type: "url", url: "https://example.com/video.mp4" },
    prompt: "Summarize this video.",
  });
  if (process.env.MOCKSERVER_TRIAL_OPERATIONS.split(",").includes("cancel_task")) {
    // The client has no cancel of a task: another one cancels.
    const url = `${process.env.MOCKSERVER_TRIAL_BASE_URL}/analyze/tasks/${task.taskId}/cancel`;
    await fetch(url, { method: "POST", headers: { "x-api-key": process.env.MOCKSERVER_TRIAL_KEY } });
  }
  const done = await TasksWrapper.prototype.waitForDone.call(tasks, task.taskId, { sleepInterval: 0.01 });
  console.log(JSON.stringify({ status: done.status }));
  // After a failed read the client's timer keeps the process alive for a minute: that is not what is tried here.
  process.exit();
}

main();
