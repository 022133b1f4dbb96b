"""The duties of handlers, each broken once by a handler that does what a hurried one would."""

import itertools
from dataclasses import replace

import pytest

from mockserver.core.job import POLL
from mockserver.core.timeline import TimelineStep
from mockserver.core.wire import Response, json_or_none
from mockserver.vendors.api import Accept, Answer, Delete
from mockserver.vendors.commands import record_command, snapshot, with_job
from mockserver.vendors.http import json_response
from tests.support.print_shop import (
    OPERATIONS,
    PRINTS,
    SETS,
    body_of,
    broken_cases,
    cancel,
    create,
    error,
    find,
    get,
    list_jobs,
    print_body,
    shop,
    status,
    with_kind,
    with_operation,
)


def with_handler(name, handler):
    return shop(operations=with_operation(name, handler=handler))


def altered(handler, change):
    """Wrap a handler: `change` makes another answer of its own."""
    return lambda call, *job: change(call, handler(call, *job))


def about_job(name, handler):
    """Build the shop with another handler of an operation about one job."""
    return with_handler(name, with_job(find, handler))


def showing(**members):
    """Build the shop whose second read has more members, each computed from the call."""
    return about_job("status", altered(status, as_body(**members)))


def as_body(**members):
    """Return a change that puts members into the body of a success."""

    def change(call, answer):
        if answer.response.status >= 300:
            return answer
        body = {**_json(answer), **{name: value(call) for name, value in members.items()}}
        return answer._replace(response=json_response(answer.response.status, body))

    return change


def _json(answer):
    return json_or_none(answer.response.body)


def raising(call, *job):
    return Answer(json_response(200, {"state": call.no_such_field}))


def mutating_spec(call, job):
    job.spec["seen"] = len(job.spec)
    return status(call, job)


def mutating_body(call):
    call.body["paper"] = "A3"
    return create(call)


numbers = itertools.count()


def polled_without_count(call, job):
    return status(call, job)


def polled_before_count(call, job):
    """Show the job as it was before the poll."""
    now = snapshot(job, call.now)
    return get(call, job)._replace(response=json_response(200, body_of(call, now)))


def polled_without_end(call, job):
    """Count polls of the first state only."""
    if snapshot(job, call.now).state == "queued" and not job.inputs:
        return get(call, job)
    return status(call, job)


def status_with_poll(call, job):
    return Answer(status(call, job).response, record_command(call, job, POLL)[1])


def reading_that_writes(call, job):
    return Answer(status(call, job).response, record_command(call, job, name="seen")[1])


def without_fields(call, job):
    body = print_body(call, snapshot(job, call.now))
    return Answer(json_response(200, {**body, "paper": job.spec["paper"]}))


def list_with_ids(call):
    return Answer(json_response(200, {"data": [{"id": job.id, "x": 1} for job in call.view.jobs("print", call.now)]}))


def kept_too_long(call, job):
    return status(call, job)._replace(valid_until=1 << 62)


def cancel_kept_too_long(call, job):
    answer = cancel(call, job)
    return answer._replace(valid_until=answer.valid_until and 1 << 62)


def kept_with_queue(call, job):
    answer = as_body(queue=lambda call: call.view.count("print", call.now))(call, status(call, job))
    return answer._replace(valid_until=status(call, job).valid_until)


def obstinate(call, job):
    return Answer(error(409, "never"))


def easy(call, job):
    """Answer as if it were cancelled, and change nothing."""
    return Answer(json_response(200, body_of(call, snapshot(job, call.now))))


def too_easy(call, job):
    """Cancel in every state."""
    return Answer(easy(call, job).response, record_command(call, job, "cancel")[1])


def half_deleted(call, job):
    """Delete under a name of its own, which nothing else knows."""
    return Answer(Response(204), record_command(call, job, name="remove")[1])


def found_when_deleted(call):
    return call.view.job("print", call.path_params["id"]) or error(404, "unknown")


def greedy(body):
    """Take what it remembers out of the body itself."""
    body["seen"] = True
    return {"paper": body["paper"]}


def counted_paper(call):
    """Look the paper up, where a scenario may have put anything."""
    plan = call.view.job("print", call.path_params["id"]).plan
    return {"A4": 1}[plan.fields.get("paper", "A4")]


def odd_id(call):
    return altered(create, as_body(id=lambda call: "another"))(call)


CASES = [
    ("examples-accepted", with_handler("create", lambda call: Answer(error(422, "no"))), 'refused: 422 {"error":"no"}'),
    ("examples-accepted", with_handler("create", raising), "the handler raised AttributeError: 'Call' object"),
    ("examples-accepted", with_handler("create", lambda call: Answer(Response(200))), "and no job is created"),
    ("examples-accepted", with_handler("create", odd_id), "the answer has not the new job's id in 'id': 201 {"),
    (
        "examples-accepted",
        with_handler("create", lambda call: create(replace(call, operation=OPERATIONS[7], body=SETS.example))),
        "operation create: it creates a set",
    ),
    ("handlers-answer", about_job("status", raising), "status of a print led to done: the handler"),
    ("handlers-answer", with_handler("status", lambda call: Answer(Response(500))), "the answer is an internal error"),
    ("handlers-pure", about_job("status", mutating_spec), "the handler changed the job's spec"),
    ("handlers-pure", with_handler("create", mutating_body), "the handler changed the request's body"),
    (
        "handlers-pure",
        showing(n=lambda call: next(numbers)),
        "the same call got two answers: body: /n is",
    ),
    (
        "handlers-pure",
        with_handler("create", lambda call: create(call)._replace(changes=create(_renumbered(call)).changes)),
        "the same call got two different sets of changes",
    ),
    (
        "handlers-pure",
        shop(
            operations=with_operation(
                "status",
                handler=altered(with_job(find, status), as_body(p=lambda call: call.prepared)),
                prepare=lambda call: "early",
            )
        ),
        'with what `prepare` computes the answer is another: body: /p is "early"; expected null',
    ),
    ("handlers-pure", shop(kinds=with_kind(PRINTS._replace(build_spec=greedy))), "changed an example body"),
    ("polls-counted", about_job("get", polled_without_count), "and it appends no poll to the job"),
    ("polls-counted", about_job("get", polled_before_count), "does not show its end: body: /state"),
    ("polls-counted", about_job("get", polled_without_end), "that ends by polls does not end"),
    ("polls-counted", about_job("status", status_with_poll), "and `polls` says that it does not"),
    ("polls-counted", about_job("status", reading_that_writes), "a read changes the store"),
    (
        "fields-laid-over",
        about_job("status", without_fields),
        "operation status of a print led to queued: a scenario's `fields: {paper: ...}` does not show: it is 'A4'",
    ),
    ("fields-laid-over", with_handler("list", list_with_ids), "a scenario's `fields: {x: ...}` does not show"),
    (
        "fields-laid-over",
        showing(twice=lambda call: 2 * call.query("n", "1")),
        "does not show: it is '11'",
    ),
    (
        "fields-laid-over",
        with_handler("status", lambda call: Answer(json_response(200, {"phase": 1}))),
        "does not show: it is 1",
    ),
    (
        "fields-laid-over",
        showing(size=lambda call: 1, m=counted_paper),
        "with `fields` the handler raised KeyError",
    ),
    (
        "kept-answers-current",
        about_job("status", kept_too_long),
        "print by itself, status: the answer at +0s is valid until +45d, and the one at",
    ),
    (
        "kept-answers-current",
        about_job("cancel", cancel_kept_too_long),
        "cancel: the answer at",
    ),
    (
        "kept-answers-own-job",
        about_job("status", kept_with_queue),
        "another answer although only other jobs were created meanwhile: body: /queue is 2; expected 1",
    ),
    ("cancels-by-table", about_job("cancel", raising), "the handler raised"),
    (
        "cancels-by-table",
        shop(kinds=with_kind(PRINTS._replace(cancel_table={"queued": Accept((TimelineStep("done"),))}))),
        "the job is done then, and no transition leads there from queued by cancel",
    ),
    (
        "cancels-by-table",
        shop(
            kinds=with_kind(PRINTS._replace(cancel_table={**PRINTS.cancel_table, "done": Delete()})),
            operations=with_operation("cancel", handler=with_job(find, easy)),
        ),
        "led to done: the table deletes the job, and no deletion is appended to it",
    ),
    ("cancels-by-table", about_job("cancel", obstinate), "to queued: the table accepts it, and the"),
    ("cancels-by-table", about_job("cancel", easy), "to queued: the table accepts it, and no"),
    ("cancels-by-table", about_job("cancel", easy), "to done: the table refuses it, and the answer"),
    ("cancels-by-table", about_job("cancel", too_easy), "nothing changes, and the job gets an"),
    (
        "cancels-by-scenario",
        about_job("cancel", easy),
        "a scenario refuses it with 418, and the answer is 200, with no change",
    ),
    (
        "cancels-by-scenario",
        about_job("cancel", raising),
        "a scenario accepts it, and the answer is none: the handler raised",
    ),
    (
        "cancels-by-scenario",
        about_job("cancel", too_easy),
        "to printing: a scenario refuses it with 418, and the answer is 200, with cancel",
    ),
    ("jobs-listed", with_handler("list", lambda call: Answer(json_response(200, []))), "does not show a new job: 200"),
    ("deleted-jobs-gone", about_job("delete", half_deleted), "in no state of the example does it"),
    (
        "deleted-jobs-gone",
        with_handler("status", with_job(found_when_deleted, status)),
        "operation delete of a print: status answers 200, and 404 for an unknown id",
    ),
    (
        "old-jobs-gone",
        with_handler("status", with_job(found_when_deleted, status)),
        "print after 30d: status answers 200, and 404 for an unknown id",
    ),
    (
        "old-jobs-gone",
        with_handler("list", lambda call: list_jobs(replace(call, now=min(call.now, 10**15)))),
        "print after 30d: list still shows it",
    ),
    (
        "links-lead-back",
        showing(self=lambda call: "http://mock.example:4810/x"),
        "http://mock.example:4810/x does not begin with the base URL that the call has, http://mock.example:4810/s/",
    ),
    (
        "links-lead-back",
        showing(more=lambda call: [call.base_url + "/no"]),
        "http://mock.example:4810/s/check/v/prints/no leads to no operation",
    ),
    (
        "links-lead-back",
        showing(to=lambda call: "https://api.prints.example/1"),
        "https://api.prints.example/1 leads to the vendor's real service",
    ),
    (
        "methods-answered",
        with_handler("list", lambda call: Answer(Response(200, (), call.request.method.encode()))),
        "HEAD, operation list: HEAD gets other headers or another body than GET: the bytes of the body differ",
    ),
    (
        "methods-answered",
        with_handler("list", lambda call: Answer(Response(200, (("X-Method", call.request.method),)))),
        "HEAD, operation list: HEAD gets other headers or another body than GET: the header X-Method differs",
    ),
    (
        "answers-captured",
        with_handler("status", lambda call: Answer(json_response(200, {"id": "x"}))),
        "status of a print led to done: S3 at ",
    ),
]


def _renumbered(call):
    """Return a call whose new job has another number each time."""
    number = next(numbers) + 1
    return replace(call, view=_Numbered(call.view, number))


class _Numbered:
    def __init__(self, view, number):
        self._view = view
        self._number = number

    def next_number(self, kind):
        return self._number


def test_a_handler_that_raises_breaks_the_duty_to_answer_and_no_other_of_reads():
    checked = about_job("status", raising)
    for duty in ("handlers-pure", "polls-counted", "fields-laid-over", "kept-answers-current", "links-lead-back"):
        assert broken_cases(checked, duty) == []


def test_a_path_may_have_any_method():
    checked = shop(operations=with_operation("delete", method="PATCH"), capture=None)
    assert broken_cases(checked, "methods-answered") == []


@pytest.mark.parametrize(("duty", "checked", "found"), CASES)
def test_a_broken_handler_breaks_its_duty(duty, checked, found):
    cases = broken_cases(checked, duty)
    assert any(found in case for case in cases), cases
