"""How the author of a pack keeps a duty: by the keys of the pack, not by the names of Python."""

from collections.abc import Mapping
from typing import Final

PACK_FIXES: Final[Mapping[str, str]] = {
    "operations-consistent": "Correct `call`, `aliases` or `id` of the operation: no two have one method and path.",
    "roles-complete": "Add an operation with `role: read`, and one with `role: cancel` to a kind that has `cancel`.",
    "tables-name-states": "Add the state to `states` of the kind, or correct its spelling in the table.",
    "timelines-legal": "Add the move to `moves` of the kind, or correct `course` or the timeline of the `accept`.",
    "states-reachable": "Add the state to `moves`, to a row of `cancel` or to `deadlines`, or remove it from `states`.",
    "cancel-table-complete": "Add a row to `cancel` of the kind: `accept`, `refuse`, `unchanged` or `delete`.",
    "ids-match": "Correct `prefix`, `alphabet` or `length` of the entry of `ids`.",
    "ids-unique": "Give each kind an entry of `ids` of its own, with a longer `length` or another `prefix`.",
    "examples-accepted": "Correct `example` of the kind or of the operation, and show the id in the create's answer.",
    "handlers-answer": "Correct `answer` of the operation, or its `handler`; the message has the line that raised.",
    "handlers-pure": "Correct the `handler`: nothing else of a pack can break it.",
    "polls-counted": "Correct the `handler`, or write `polls: uncounted`.",
    "fields-laid-over": "Answer with `$job`, or with `$field.NAME` of what a scenario's `fields` change.",
    "kept-answers-current": "Correct the `handler`, or `times` and `deadlines` of the kind.",
    "kept-answers-own-job": "Correct the `handler`: nothing else of a pack can break it.",
    "cancels-by-table": "Write `role: cancel` at the operation, without a `handler`: it then reads the table.",
    "cancels-by-scenario": "Write `role: cancel` at the operation, without a `handler`: it then obeys the scenario.",
    "jobs-listed": "Answer the list with `$page.jobs`, and correct `pages`.",
    "deleted-jobs-gone": "Write `role: delete` at the operation, or correct its `refuse_in`.",
    "old-jobs-gone": "Correct `gone` of the kind.",
    "ledger-sound": "Correct `ledger` of the kind: one entry of a name, and no more given back than was taken.",
    "links-lead-back": "Write addresses as `$url.OPERATION` or `$address.OPERATION`.",
    "events-happen": "Correct `webhooks.events` of the kind: `on` names the states that a job enters.",
    "deliveries-verify": "Correct `payload`, `event_at`, `job_at`, `attempt_at` or `signature` of `webhooks`.",
    "request-errors-rendered": "Add the situation to `for` of an error, with a status that the capture has.",
    "status-errors-rendered": "Correct `errors.shape`, or the body of the error with that status.",
    "eras-captured": "Write the capture, named by the era's date, or say why there is none: "
    "`uncaptured` of its entry in `eras`.",
    "operations-captured": "Add the path to the capture, correct `call`, or write `uncaptured` at the operation.",
    "answers-captured": "Correct `body` of the kind, `answer` of the operation, or the capture if its source says so.",
}
"""By the id of a duty; another one has its usual advice."""
