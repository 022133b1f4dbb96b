"""The table of duties: all that the engine asks of a vendor and that no type says."""

from typing import Final

from mockserver.vendor_check import (
    cancels,
    collection,
    creates,
    documents,
    errors,
    ids,
    kept_answers,
    lifecycles,
    links,
    methods,
    money,
    purity,
    reads,
    webhooks,
)
from mockserver.vendor_check.duty import Duty

DUTIES: Final = (
    Duty(
        "eras-in-order",
        "The eras are the vendor's own, the oldest first, each from a date on.",
        "Sort `Vendor.eras` by date, and give each the vendor's name.",
        lifecycles.eras_are_in_order,
    ),
    Duty(
        "kinds-named",
        "A kind of job has one name, in `Era.kinds`, in its lifecycle and in its operations.",
        "Use the name of the lifecycle as the key in `kinds` and as `Operation.kind`.",
        lifecycles.kinds_are_named,
    ),
    Duty(
        "operations-consistent",
        "Each operation has a name and paths of its own, and its path has the id that `id_in` names.",
        "Rename the operation, or correct `path`, `aliases`, `id_in` or `role`.",
        lifecycles.operations_are_consistent,
    ),
    Duty(
        "roles-complete",
        "What a kind can do has an operation: some read polls it, and its cancel table can be used.",
        "Set `Operation.role` and `polls`, or leave the cancel table empty.",
        lifecycles.roles_are_complete,
    ),
    Duty(
        "tables-name-states",
        "Timelines, cancel tables, deadlines and batch rules name states that the lifecycle has.",
        "Add the state to `Lifecycle.states`, or correct its spelling in the table.",
        lifecycles.tables_name_states,
    ),
    Duty(
        "timelines-legal",
        "Timelines take transitions that the lifecycle has, and end in a terminal state that nothing leaves.",
        "Add the transition with its trigger, or correct the timeline.",
        lifecycles.timelines_follow_the_lifecycle,
    ),
    Duty(
        "states-reachable",
        "A job can get into every state: by time, a cancel, a deadline or a scenario.",
        "Add a transition to the state, or remove the state.",
        lifecycles.states_are_reachable,
    ),
    Duty(
        "cancel-table-complete",
        "A cancel table has a row for every state.",
        "Add the row: `Accept`, `AlreadyCancelled`, `Delete`, or `Refuse` with an error of the vendor.",
        lifecycles.cancel_tables_are_complete,
    ),
    Duty(
        "ids-match",
        "Every id matches the kind's pattern as a whole, and is the same when it is made again.",
        "Correct `id_pattern` or `new_id`; `core.ids` makes ids from the seed and the number.",
        ids.ids_match_their_pattern,
    ),
    Duty(
        "ids-unique",
        "No two jobs or items of a session have the same id, whatever their kinds.",
        "Let `new_id` depend on the seed, the kind and the number.",
        ids.ids_are_unique,
    ),
    Duty(
        "examples-accepted",
        "Each create accepts its example body, makes a job of its kind, and answers with the id in `id_field`.",
        "Correct `JobKind.example`, `Operation.example_params` or `id_field`.",
        creates.examples_are_accepted,
    ),
    Duty(
        "handlers-answer",
        "Each operation answers in every state of its job, and never with 500.",
        "Handle the state in the renderer; the message has the line that raised.",
        purity.handlers_answer,
    ),
    Duty(
        "handlers-pure",
        "A handler answers the same call in the same way, and changes neither the job's spec nor the body.",
        "Take time from `call.now` and choices from `core.ids`, and copy what you change.",
        purity.handlers_are_pure,
    ),
    Duty(
        "polls-counted",
        "An answered read counts as a poll where `Operation.polls` says so, shows the job after it, and else changes"
        " nothing.",
        "Begin the handler with `count_poll`, and render the job that it returns.",
        reads.polls_are_counted,
    ),
    Duty(
        "fields-laid-over",
        "Every read and list lays a scenario's `fields` over the body of the job.",
        "End the renderer with `{**body, **job.plan.fields, **span.step.fields}`.",
        reads.fields_are_laid_over,
    ),
    Duty(
        "kept-answers-current",
        "An answer equals every later one up to the last microsecond before its `valid_until`.",
        "Let `valid_until` be the first instant at which anything in the body changes; 0 if that is not known.",
        kept_answers.kept_answers_are_current,
    ),
    Duty(
        "kept-answers-own-job",
        "An answer with a `valid_until` depends on no job but its own.",
        "Return `valid_until=0` for an answer that other jobs change.",
        kept_answers.kept_answers_depend_on_their_job,
    ),
    Duty(
        "cancels-by-table",
        "A cancel is answered as the row of its state says, and the job goes on as the row says.",
        "Decide with `cancel_job`, or with `decide_cancel`, which read the table.",
        cancels.cancels_follow_the_table,
    ),
    Duty(
        "cancels-by-scenario",
        "A scenario can refuse a cancel in every state, with its own answer, and accept it in every live one.",
        "Decide with `cancel_job`, or with `decide_cancel`, which read the scenario's policy first.",
        cancels.scripted_cancels_are_obeyed,
    ),
    Duty(
        "jobs-listed",
        "Every list shows a new job.",
        "List `call.view.jobs(kind, call.now)`.",
        collection.lists_show_jobs,
    ),
    Duty(
        "deleted-jobs-gone",
        "A delete succeeds in some state, and then every read answers as for an unknown id, and no list shows the job.",
        "Record the command with `record_command(call, job, DELETE)`, and find jobs with `find_job`.",
        collection.deleted_jobs_are_gone,
    ),
    Duty(
        "old-jobs-gone",
        "After its `retention` a job is read as an unknown one, and no list shows it.",
        "Find jobs with `find_job`, and list them with `since=`.",
        collection.old_jobs_are_gone,
    ),
    Duty(
        "ledger-sound",
        "Ledger entries have keys of their own, stay as they are, and give money back once at most.",
        "Derive the entries from the job's history, with `JOB:ENTRY` as the key.",
        money.ledgers_are_sound,
    ),
    Duty(
        "links-lead-back",
        "Every URL that an answer hands out begins with the call's base URL and leads to an operation.",
        "Begin it with `call.base_url`, which has the session and `/v/NAME`.",
        links.links_lead_back,
    ),
    Duty(
        "events-happen",
        "Every type of webhook event happens in some course of a job, and no other type does.",
        "Correct `WebhookSpec.types` or `events`.",
        webhooks.events_happen,
    ),
    Duty(
        "deliveries-verify",
        "Every delivery shows its job and its event at `pointers`, and its signature verifies.",
        "Correct `pointers`, `render` or the signature of the `WebhookSpec`.",
        webhooks.deliveries_are_rendered,
    ),
    Duty(
        "methods-answered",
        "HEAD gets what GET gets, and a method that a path lacks gets the vendor's error with the header Allow.",
        "Do not look at `call.request.method`, and render `RequestError.WRONG_METHOD`.",
        methods.methods_are_answered,
    ),
    Duty(
        "request-errors-rendered",
        "The vendor has an answer to every request that reaches no handler, as the capture allows.",
        "Render every member of `RequestError` in `render_request_error`.",
        errors.request_errors_are_rendered,
    ),
    Duty(
        "status-errors-rendered",
        "The vendor has an error body for every status that a scenario can request.",
        "Return that status in `render_status_error`, with the vendor's general error body.",
        errors.status_errors_are_rendered,
    ),
    Duty(
        "eras-captured",
        "Every era has a capture, or says in `Era.uncaptured` why it has none.",
        "Write the capture, named by the era's date, or set `Era.uncaptured`.",
        documents.eras_are_captured,
    ),
    Duty(
        "operations-captured",
        "The capture has every path of every operation, or `Operation.uncaptured` says why not.",
        "Add the path to the capture, or correct the operation's.",
        documents.operations_are_captured,
    ),
    Duty(
        "answers-captured",
        "The capture allows what each operation answers in each state.",
        "Correct the renderer, or the capture where its source says otherwise.",
        documents.answers_are_captured,
    ),
)
