"""What is wrong with a pack: the place, the code and the words of each kind of mistake."""

import pytest

from mockserver.errors import MockError
from mockserver.packs.pack import compile_pack
from tests.support.packs import ATELIER_FILE, changed_text, problems_of

MISTAKES = [
    (
        "id: $id\n",
        "id: $idd\n",
        ["104:11 PCK001 no value is called `$idd` (did you mean '$id'?)"],
    ),
    (
        "number: $number",
        "number: $number.x",
        ["105:15 PCK001 `$number.x` takes nothing after it"],
    ),
    (
        "cut: $entered.cutting?",
        "cut: $entered",
        ["114:12 PCK001 `$entered` takes a name after it: a state"],
    ),
    (
        "cut: $entered.cutting?",
        "cut: $entered.cuting",
        ["114:12 PCK001 `$entered.cuting`: 'cuting' is no state"],
    ),
    (
        "seconds: {$by: $state, done: $seconds.total",
        "seconds: {$by: $state, done: $seconds.all",
        ["115:36 PCK001 `$seconds.all`: 'all' is no state"],
    ),
    (
        "sale: $time.sale",
        "sale: $time.sail",
        ["118:13 PCK001 `$time.sail`: there is no time 'sail'"],
    ),
    (
        "faded: $past.fading",
        "faded: $past.fade",
        ["117:14 PCK001 `$past.fade`: there is no time 'fade'"],
    ),
    (
        "patience: $deadline.patience",
        "patience: $deadline.p",
        ["119:17 PCK001 `$deadline.p`: there is no deadline 'p'"],
    ),
    (
        "gluing: $progress.fraction",
        "gluing: $progress.percent",
        ["116:59 PCK001 `$progress.percent`: progress has no 'percent'"],
    ),
    (
        "amount: $ledger.total",
        "amount: $ledger.sum",
        ["14:44 PCK001 `$ledger.sum`: the ledger has no 'sum'"],
    ),
    (
        "sketch: $made.sketch",
        "sketch: $made.scetch",
        ["122:15 PCK001 `$made.scetch`: there is no id 'scetch'"],
    ),
    (
        "self: $url.get,",
        "self: $url.gett,",
        ["123:21 PCK001 `$url.gett`: there is no operation 'gett' about a job"],
    ),
    (
        "wood: $part.wood",
        "wood: $part.would",
        ["107:13 PCK003 there is no part 'would'"],
    ),
    (
        "first: $page.first_id",
        "first: $page.first",
        ["215:48 PCK001 `$page.first`: `$page` has no 'first'"],
    ),
    (
        "text: $mistakes.text",
        "text: $mistakes.words",
        ["271:81 PCK001 `$mistakes.words`: `$mistakes` has no 'words'"],
    ),
    (
        "id: $id\n",
        "id: $page.jobs\n",
        ["104:11 PCK001 `$page.jobs` exists only in a list"],
    ),
    (
        "wood: {$first: [$request.wood, oak]}",
        "wood: $part.wood",
        ["34:9 PCK008 the part 'wood' contains itself"],
    ),
    (
        "changed: {$time: $changed, as: unix}",
        "changed: {$time: $id, as: unix}",
        ["112:24 PCK008 `$id` is no instant"],
    ),
    (
        "changed: {$time: $changed, as: unix}",
        "changed: {$time: $changed}",
        ["112:16 SCN021 the key `as` is missing"],
    ),
    (
        "changed: {$time: $changed, as: unix}",
        "changed: {$times: $changed, as: unix}",
        ["112:17 SCN020 no form of a value begins with the text '$times'"],
    ),
    (
        "changed: {$time: $changed, as: unix}",
        "changed: {as: unix, $time: $changed}",
        ["112:27 SCN020 `$time` must be the first key of its mapping"],
    ),
    (
        "{$by: $state, cutting: $progress,",
        "{$by: $state, cuting: $progress,",
        ["116:31 PCK002 frame has no state 'cuting' (did you mean 'cutting'?)"],
    ),
    (
        'colour: {$by: $request.colour, red: warm, "5": five, else: cold}',
        "colour: {$by: $request.colour}",
        ["124:15 SCN030 found no case, expected at least 1: a table by a value"],
    ),
    (
        'colour: {$by: $request.colour, red: warm, "5": five, else: cold}',
        "colour: {$by: colour, red: warm}",
        ["124:21 SCN023 found the text 'colour', expected the name of a value such as `$state`"],
    ),
    (
        "none: $absent",
        "none: $job",
        ["127:13 PCK001 `$job` has no place here: it is about no job, or it is the job's body itself"],
    ),
    (
        "number: $number",
        "number: 1e999",
        ["105:15 SCN011 `1e999` is too large, or has more digits than a number keeps"],
    ),
    (
        "      gluing: {refuse: too_late,",
        "      glueing: {refuse: too_late,",
        ["86:7 PCK002 frame has no state 'glueing' (did you mean 'gluing'?)"],
    ),
    (
        "waiting: {accept: scrapped,",
        "waiting: {accept: scraped,",
        ["84:25 PCK002 frame has no state 'scraped' (did you mean 'scrapped'?)"],
    ),
    (
        "terminal: [done, broken, scrapped, lost]\n    moves:\n      waiting",
        "terminal: [done, broken, scrapped, last]\n    moves:\n      waiting",
        ["73:40 PCK002 frame has no state 'last' (did you mean 'lost'?)"],
    ),
    (
        "      waiting: [cutting]",
        "      wating: [cutting]",
        [
            "75:7 PCK002 frame has no state 'wating' (did you mean 'waiting'?)",
            "80:9 SCN044 `cutting` cannot follow `waiting`",
        ],
    ),
    (
        "      waiting: [cutting]",
        "      waiting: [cuting]",
        [
            "75:17 PCK002 frame has no state 'cuting' (did you mean 'cutting'?)",
            "80:9 SCN044 `cutting` cannot follow `waiting`",
        ],
    ),
    (
        "gluing: [done]",
        "gluing: [done]\n      done: [waiting]",
        ["78:7 PCK009 done ends a frame, and waiting follows it"],
    ),
    (
        "states: {waiting|cutting: lost}",
        "states: {waiting|cuting: lost}",
        ["95:18 PCK002 frame has no state 'cuting' (did you mean 'cutting'?)"],
    ),
    (
        "states: {waiting|cutting: lost}",
        "states: {waiting|cutting: loss}",
        ["95:35 PCK002 frame has no state 'loss' (did you mean 'lost'?)"],
    ),
    (
        "sale: {from: done, after: 10m}",
        "sale: {from: dune, after: 10m}",
        ["100:20 PCK002 frame has no state 'dune' (did you mean 'done'?)"],
    ),
    (
        "gone: {states: [lost], at: expiry",
        "gone: {states: [loss], at: expiry",
        ["102:20 PCK002 frame has no state 'loss' (did you mean 'lost'?)"],
    ),
    (
        "at: scrapped, cancelled_in: waiting",
        "at: scraped, cancelled_in: waiting",
        ["136:31 PCK002 frame has no state 'scraped' (did you mean 'scrapped'?)"],
    ),
    (
        "frame.finished: {on: done|broken",
        "frame.finished: {on: done|brocken",
        ["142:30 PCK002 frame has no state 'brocken' (did you mean 'broken'?)"],
    ),
    (
        "refuse_in: {waiting|cutting: busy}",
        "refuse_in: {waiting|cut: busy}",
        ["231:17 PCK002 frame has no state 'cut' (did you mean 'cutting'?)"],
    ),
    (
        "draining: stopping",
        "draining: stoping",
        ["177:17 PCK002 crate has no state 'stoping' (did you mean 'stopping'?)"],
    ),
    (
        "- gluing: 3s\n",
        "- glueing: 3s\n",
        ["81:9 SCN043 a frame has no state 'glueing' (did you mean 'gluing'?)"],
    ),
    (
        "source: page}\n  - {header: Auth",
        "source: pag}\n  - {header: Auth",
        ["21:67 PCK003 there is no source 'pag' (did you mean 'page'?)"],
    ),
    (
        "source: {from: page, says: It dries.}",
        "source: {from: pages, says: It dries.}",
        ["86:49 PCK003 there is no source 'pages' (did you mean 'page'?)"],
    ),
    (
        "broken: {refuse: too_late}",
        "broken: {refuse: toolate}",
        ["89:24 PCK003 there is no error 'toolate' (did you mean 'too_late'?)"],
    ),
    (
        "otherwise: too_late",
        "otherwise: late",
        ["85:123 PCK003 there is no error 'late' (did you mean 'too_late'?)"],
    ),
    (
        "id: frame\n    source",
        "id: frames\n    source",
        ["70:9 PCK003 there is no form of ids 'frames' (did you mean 'frame'?)"],
    ),
    (
        "at: expiry, source",
        "at: expire, source",
        ["102:32 PCK003 there is no time 'expire' (did you mean 'expiry'?)"],
    ),
    (
        "colour: {is: colour}",
        "colour: {is: color}",
        ["51:22 PCK003 there is no field 'color' (did you mean 'colour'?)"],
    ),
    (
        "  colour: {options: [red, blue, 5]}",
        "  colour: {is: colour}",
        ["36:16 PCK003 the field 'colour' contains itself"],
    ),
    (
        "kind: crate, call: POST",
        "kind: crates, call: POST",
        ["242:30 PCK003 there is no kind of job 'crates' (did you mean 'crate'?)"],
    ),
    (
        "    request: frame\n    path",
        "    request: frames\n    path",
        ["188:14 PCK003 there is no request 'frames' (did you mean 'frame'?)"],
    ),
    (
        "done: {file: png}, else: {error: busy}",
        "done: {file: png}, else: {error: bussy}",
        ["238:127 PCK003 there is no error 'bussy' (did you mean 'busy'?)"],
    ),
    (
        "refuse_in: {waiting|cutting: busy}",
        "refuse_in: {waiting|cutting: bussy}",
        ["231:34 PCK003 there is no error 'bussy' (did you mean 'busy'?)"],
    ),
    (
        "X-Client: {required: true, error: client}",
        "X-Client: {required: true, error: clients}",
        ["25:37 PCK003 there is no error 'clients' (did you mean 'client'?)"],
    ),
    (
        "  create|create_plain: {requests",
        "  create|creat_plain: {requests",
        ["252:3 PCK003 there is no operation 'creat_plain' (did you mean 'create_plain'?)"],
    ),
    (
        "default_events: [frame.finished]",
        "default_events: [frame.finish]",
        ["144:24 PCK003 there is no event 'frame.finish' (did you mean 'frame.finished'?)"],
    ),
    (
        "event_id: event",
        "event_id: events",
        ["147:17 PCK003 there is no form of ids 'events' (did you mean 'event'?)"],
    ),
    (
        'pattern: "[SML]"',
        'pattern: "[SML"',
        ["54:49 PCK004 not a regular expression: unterminated character set at position 0"],
    ),
    (
        'pattern: "k_.+"',
        'pattern: "k_(+"',
        ["21:30 PCK004 not a regular expression: nothing to repeat at position 3"],
    ),
    (
        "file: {alphabet: AB, length: 4}",
        "file: {alphabet: AA, length: 4}",
        ["31:20 PCK004 an alphabet needs at least two characters"],
    ),
    (
        'hall: {pattern: "[0-9]"}',
        'hall: {pattern: "[0-9"}',
        ["189:73 PCK004 not a regular expression: unterminated character set at position 0"],
    ),
    (
        "studio: {example: main,",
        "studio: {example: Main,",
        ["189:20 PCK010 the example 'Main' does not match the pattern"],
    ),
    (
        "tests.unit.packs.handlers:ping",
        "tests.unit.packs.handlers:pong",
        ["240:52 PCK005 the handler cannot be imported: module 'tests.unit.packs.handlers' has no attribute 'pong'"],
    ),
    (
        "tests.unit.packs.handlers:ping",
        "tests.unit.packs.handler:ping",
        ["240:52 PCK005 the handler cannot be imported: No module named 'tests.unit.packs.handler'"],
    ),
    (
        "tests.unit.packs.handlers:ping",
        "tests.unit.packs.handlers:ping_later",
        ["240:52 PCK005 a handler is a function, not a coroutine function (`async def`)"],
    ),
    (
        "  2026-06-01:\n",
        "  2026-02-30:\n",
        ["12:3 PCK006 2026-02-30 is not a date"],
    ),
    (
        "  2026-06-01:\n",
        "  2025-06-01:\n",
        ["12:3 PCK006 the era of 2025-06-01 stands behind that of 2026-01-05"],
    ),
    (
        'call: "GET /v1/frames/{id}", answer',
        "call: GET /v1/frames, answer",
        [
            "123:21 PCK001 `$url.get`: there is no operation 'get' about a job",
            "191:47 PCK001 `$url.get`: there is no operation 'get' about a job",
            "198:8 PCK007 an operation with the role `read` is about a job, and this call names none",
        ],
    ),
    (
        "id: query.frame, answer",
        "id: path.frame, answer",
        ["209:11 PCK007 the path has no parameter 'frame'"],
    ),
    (
        "      else: {status: {$by: $state, cutting: 203",
        "      done: {status: {$by: $state, cutting: 203",
        ["205:7 PCK008 this table has no answer for cutting, gluing, scrapped, lost"],
    ),
    (
        "{$by: $field.error, glue: {error: glue}, else: {error: broken}}",
        "{$by: $field.error, glue: {error: glue}}",
        ["207:15 PCK008 this table has no answer for everything else"],
    ),
    (
        "example: {shape: square, side: 30, wood: pine}",
        "example: {shape: square, wood: pine}",
        ["155:14 PCK010 `create` refuses this example: side (missing)"],
    ),
    (
        "example: {shape: square, side: 30, wood: pine}",
        "example: {shape: square, side: 3, wod: pine}",
        ["155:14 PCK010 `create` refuses this example: the body (unknown_fields)"],
    ),
    (
        "example: {shape: square, side: 30, wood: pine}",
        "example: {shape: square, side: 300, wood: pine}",
        ["155:36 PCK010 `create` refuses this example: side (too_large)"],
    ),
    (
        "{frame: {body: {price",
        "{fram: {body: {price",
        ["14:13 PCK003 no 'fram' is there to change (did you mean 'frame'?)"],
    ),
    (
        "    kinds: {frame: {body: {price",
        "    operations: {ping: {answer: {status: 200}}}\n    kinds: {frame: {body: {price",
        ["14:25 SCN027 `answer` and `handler` exclude each other"],
    ),
    (
        "title: Atelier\n",
        "titel: Atelier\n",
        ["4:1 SCN020 unknown key 'titel' (did you mean 'title'?)"],
    ),
    (
        "    set: {title: $body.title}\n    answer: {body: $job}\n",
        "    set: {title: $body.title}\n",
        ["234:5 SCN021 the key `answer` is missing"],
    ),
    (
        "pack: 1",
        "pack: 2",
        ["2:7 SCN024 found the number 2, expected the number 1"],
    ),
    (
        "eras:\n  2026-01-05: {summary: The first version.}\n",
        "eras:\n  today: {summary: The first version.}\n",
        ["11:3 SCN023 'today' is not a date such as `2026-08-08`"],
    ),
    (
        "eras:",
        "era:",
        ["10:1 SCN020 unknown key 'era' (did you mean 'eras'?)"],
    ),
    (
        "title: Atelier\n",
        "",
        ["2:1 SCN021 the key `title` is missing"],
    ),
    (
        "kinds: {frame: {body: {price",
        "kind: {frame: {body: {price",
        ["14:5 SCN020 unknown key 'kind' (did you mean 'kinds'?)"],
    ),
    (
        "kinds: {frame: {body: {price: {amount: $ledger.total}, notes: $absent}}}",
        "kinds: {frame: {body: {price: $prize}}}",
        ["14:35 PCK001 no value is called `$prize`"],
    ),
    (
        "kinds: {frame: {body: {price: {amount: $ledger.total}, notes: $absent}}}",
        "kinds: {frame: {cancel: {done: $absent, waiting: {acept: lost}}}}",
        ["14:55 SCN020 unknown key 'acept' (did you mean 'accept'?)"],
    ),
    (
        "after: 4s, since",
        "after: 4, since",
        ["85:56 SCN026 found the number 4 without a unit, expected a duration such as `30s`, `1m30s` or `8h`"],
    ),
    (
        "free: {default: 3}",
        "free: {type: string, default: 3}",
        ["64:39 PCK010 the default of 'free' is refused by the field itself"],
    ),
    (
        'pattern: "k_.+", sent_as: "k_${key}"',
        'pattern: "k_[a-z]+", sent_as: "k_${key}"',
        ["21:51 PCK010 a play's key is sent as 'k_test-key', which the pattern does not match"],
    ),
    (
        "terminal: [fine, spoilt, dropped]",
        "terminal: [fine, spoild, dropped]",
        ["171:24 PCK002 item has no state 'spoild' (did you mean 'spoilt'?)"],
    ),
    (
        "succeeded: fine",
        "succeeded: fin",
        ["173:18 PCK002 item has no state 'fin' (did you mean 'fine'?)"],
    ),
    (
        "dropped: dropped",
        "dropped: dropped\n      waiting: opened",
        ["175:16 PCK002 crate has no state 'opened' (did you mean 'open'?)"],
    ),
    (
        "only_for: {shape: [square, round]}",
        "only_for: {}",
        ["85:86 SCN030 found 0 keys, expected 1: one member of the request and its value: `{quality: draft}`"],
    ),
    (
        "broken: {refuse: too_late}",
        "broken: {refuse: too_late, unchanged: true}",
        ["89:34 SCN027 `refuse` and `unchanged` exclude each other"],
    ),
    (
        "call: POST /v1/frames\n",
        "call: POST v1/frames\n",
        ["196:11 SCN023 found the text 'POST v1/frames', expected a method and a path such as `GET /v1/tasks/{id}`"],
    ),
    (
        "{role: other, call: GET /v1/ping, handler",
        "{role: other, call: GET /v1/ping, answer: {status: 200}, handler",
        ["240:66 SCN027 `answer` and `handler` exclude each other"],
    ),
]


def test_a_key_that_needs_another_says_what_the_other_one_is():
    with pytest.raises(MockError) as found:
        compile_pack(changed_text((', sent_as: "k_${key}"', "")), "pack.yaml")
    (problem,) = found.value.problems
    assert problem.message == "`pattern` needs the key `sent_as` beside it"
    assert problem.hint == "The form of a key that does not fit the pattern: `key_${key}`."


@pytest.mark.parametrize("prefix", ["v2", "/v2/"])
def test_a_prefix_begins_with_a_slash_and_ends_without_one(prefix: str):
    (problem,) = problems_of(changed_text(("prefix: /v1", f"prefix: {prefix}")))
    assert problem == f"5:9 SCN023 found the text '{prefix}', expected a path such as `/v1`"


def test_an_era_says_why_it_has_no_capture():
    text = changed_text(
        ("kinds: {frame: {body: {price", "uncaptured: It is a draft.\n    kinds: {frame: {body: {price")
    )
    assert [era.uncaptured for era in compile_pack(text, "pack.yaml").eras][-1] == "It is a draft."


@pytest.mark.parametrize(("right", "wrong", "problems"), MISTAKES, ids=[case[1].strip()[:50] for case in MISTAKES])
def test_a_mistake_is_reported_at_its_place(right: str, wrong: str, problems: list[str]):
    assert problems_of(changed_text((right, wrong))) == problems


def test_a_problem_has_its_line_and_a_way_out():
    with pytest.raises(MockError) as caught:
        compile_pack(changed_text(("broken: {refuse: too_late}", "broken: {refuse: tolate}")), "pack.yaml")
    text = caught.value.problems[0].text()
    assert text.splitlines()[1] == "          broken: {refuse: tolate}"
    assert text.splitlines()[3].startswith("    Use one of: ")


def test_a_file_is_loaded_by_its_path():
    assert compile_pack(ATELIER_FILE).name == "atelier"


def test_what_several_eras_have_in_common_is_reported_once():
    text = changed_text(("number: $number", "number: $nuber"))
    assert problems_of(text) == ["105:15 PCK001 no value is called `$nuber` (did you mean '$number'?)"]


WRONG_ROLE = ("ping: {role: other", "ping: {role: othr")
WRONG_STATE = ("terminal: [done, broken", "terminal: [doen, broken")


def codes_of(*replacements: tuple[str, str]) -> list[str]:
    return [problem.split()[1] for problem in problems_of(changed_text(*replacements))]


def test_misspelt_states_are_reported_beside_problems_of_the_form():
    assert codes_of(WRONG_ROLE, WRONG_STATE) == ["PCK002", "SCN025"]


def test_states_are_not_checked_where_the_form_of_their_section_is_wrong():
    assert "PCK002" not in codes_of(("    states: [waiting,", "    stats: [waiting,"), WRONG_STATE)
