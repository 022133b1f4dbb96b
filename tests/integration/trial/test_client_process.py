"""A client as a group of processes: its end, its deadline, and what it printed last."""

import os
import sys

import pytest

from mockserver.errors import MockError
from mockserver.trial.client_process import MAX_OUTPUT, ClientEnd, ClientRunner

FOREVER = "import time; time.sleep(600)"


def run_python(source: str, deadline: float = 30.0, runner: ClientRunner | None = None) -> ClientEnd:
    return (runner or ClientRunner()).run([sys.executable, "-c", source], os.environ, deadline)


def test_both_streams_and_the_exit_code_are_returned():
    end = run_python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert end == ClientEnd(3, "out\n", "err\n")


def test_only_the_end_of_a_long_output_stays():
    end = run_python("print('x' * 300_000); print('last')")
    assert end.stdout.endswith("x\nlast\n")
    assert len(end.stdout) == MAX_OUTPUT


def test_bytes_that_are_no_text_are_shown_as_such():
    assert run_python(r"import os; os.write(1, b'\xff ok')").stdout == "\ufffd ok"


def test_a_client_reads_no_input():
    assert run_python("import sys; print(repr(sys.stdin.read()))").stdout == "''\n"


def test_the_deadline_ends_a_client_that_ignores_the_request_to_end():
    source = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); {FOREVER}"
    end = run_python(source, deadline=1.5)
    assert end.exit_code is None
    assert end.stdout == "deaf\n"


def test_a_process_that_left_the_group_is_not_waited_for():
    child = f"[{sys.executable!r}, '-c', 'import time; time.sleep(20)']"
    end = run_python(f"import subprocess; subprocess.Popen({child}, start_new_session=True); print('done', flush=True)")
    assert end.exit_code == 0
    assert end.stdout == "done\n"


def test_after_a_stop_no_client_runs():
    runner = ClientRunner()
    runner.stop()
    end = run_python(FOREVER, runner=runner)
    assert end.exit_code is not None
    assert end.exit_code < 0


def test_a_program_that_does_not_exist_is_refused():
    with pytest.raises(MockError) as refused:
        ClientRunner().run(["no-such-program-of-any-name"], os.environ, 5.0)
    assert refused.value.problems[0].code == "TRI002"
