"""Writes the log of `serve` from a thread of its own, so that no terminal and no pipe holds up an answer.

Theory of operation. The event loop only puts activities into a queue. The writer takes what is there, renders and
prints it, and waits a moment: a thousand polls of a moment become one line. If it cannot print as fast as the server
answers (a terminal that is stopped with Ctrl-S, a pipe that is not read), what comes beyond a limit is counted, and
the log says how many activities it lacks.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from logging.handlers import QueueHandler
from queue import Empty, SimpleQueue
from typing import Final

import orjson

from mockserver.cli.output import exchange_log_handlers, print_json, print_log_record, print_spans, stdout_columns
from mockserver.cli.serve.log_json import log_object
from mockserver.cli.serve.log_lines import MAX_SESSION, LogLayout, log_lines, lost_line, shown_session, text_width
from mockserver.cli.serve.log_repeats import LogItem, RepeatFolder
from mockserver.server.activity import Activity

MAX_WAITING: Final = 20_000
"""Activities that wait to be printed; more are only counted."""
PAUSE_SECONDS: Final = 0.05
"""Seconds between two prints: what happens meanwhile is folded together."""
SUMMARY_SECONDS: Final = 5.0
"""Seconds after which repetitions that were only counted are shown."""
CLOSE_SECONDS: Final = 1.0
"""Seconds that the end of the server waits for the end of its log."""

LogEvent = Activity | logging.LogRecord
BatchPrinter = Callable[[Sequence[LogEvent]], None]


class TextLog:
    """Prints activities as lines, repetitions folded."""

    def __init__(self) -> None:
        self._is_terminal = stdout_columns() is not None
        self._folder = RepeatFolder(can_rewrite=self._is_terminal)
        self._session_width = len("default")
        self._summed_at = time.monotonic()

    def print_batch(self, events: Sequence[LogEvent]) -> None:
        """Print what is new; without anything new, repetitions that were only counted."""
        activities: list[Activity] = []
        for event in events:
            if isinstance(event, logging.LogRecord):
                self._print(self._folder.fold(activities))
                activities = []
                self._folder.leave_bottom()
                print_log_record(event)
            else:
                activities.append(event)
        self._print(self._folder.fold(activities))
        now = time.monotonic()
        if not events or now - self._summed_at >= SUMMARY_SECONDS:
            self._summed_at = now
            self._print(self._folder.summaries())

    def _print(self, items: Sequence[LogItem]) -> None:
        for activity, count, rewrite in items:
            width = text_width(shown_session(activity.session)) if activity.session else 0
            # The column grows with the longest name so far, and never shrinks: lines stay aligned.
            self._session_width = max(self._session_width, min(width, MAX_SESSION))
            layout = LogLayout(stdout_columns() or 0, self._session_width)
            for line in log_lines(activity, layout, count):
                print_spans(line, rewrite=rewrite)


def print_json_batch(events: Sequence[LogEvent]) -> None:
    """Print each activity as a JSON object on a line of its own; log records stay on stderr."""
    for event in events:
        if isinstance(event, logging.LogRecord):
            print_log_record(event)
        else:
            print_json(orjson.dumps(log_object(event)).decode())


class LogWriter:
    """Takes activities from the event loop, and prints them in a thread until it is closed."""

    def __init__(self, print_batch: BatchPrinter, print_lost: Callable[[int], None]) -> None:
        """Take what prints a batch, and what prints how many activities the log lacks."""
        self._print_batch = print_batch
        self._print_lost = print_lost
        self._queue: SimpleQueue[LogEvent | None] = SimpleQueue()
        self._lost = 0
        """Activities that are only counted; written by the event loop alone."""
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()
        # Log records take the same way, or one of them would be overwritten by the line at the bottom.
        self._handlers = exchange_log_handlers([QueueHandler(self._queue)])

    def observe(self, activity: Activity) -> None:
        """Have an activity printed soon."""
        if self._queue.qsize() < MAX_WAITING:
            self._queue.put(activity)
        else:
            self._lost += 1

    def close(self) -> None:
        """Print what is left, unless the output is stopped."""
        exchange_log_handlers(self._handlers)
        self._queue.put(None)
        self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        reported = 0
        is_open = True
        while is_open:
            batch, is_open = self._next_batch()
            self._print_batch(batch)
            lost = self._lost
            if lost > reported:
                self._print_lost(lost - reported)
                reported = lost
            if batch and is_open:
                time.sleep(PAUSE_SECONDS)
        self._print_batch([])

    def _next_batch(self) -> tuple[list[LogEvent], bool]:
        """Wait for activities and take all that are there; returns False once the log is closed.

        The list is empty if nothing has happened for a while.
        """
        batch: list[LogEvent] = []
        try:
            taken = self._queue.get(timeout=SUMMARY_SECONDS)
            while taken is not None:
                batch.append(taken)
                taken = self._queue.get_nowait()
        except Empty:
            return batch, True
        return batch, False


def start_text_log() -> LogWriter:
    """Start a log of lines."""
    return LogWriter(TextLog().print_batch, lambda lost: print_spans(lost_line(lost)))


def start_json_log() -> LogWriter:
    """Start a log of JSON objects."""
    return LogWriter(print_json_batch, lambda lost: print_json(orjson.dumps({"log": "lost", "number": lost}).decode()))
