"""Chooses the answer of one moment from a recorded course: pure, and without a client's ids.

A position is what the client did with the job so far. `choose_read` and `choose_command` return the answer, or why the
recording has none; they change nothing. The window of a position lies between the last command that the client has
sent and the next one that the recording has: of what a command of the client's would have changed, nothing is known.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from mockserver.replay.answers import Moment, RecordedAnswer
from mockserver.replay.calls import CallKey, IdentifiedCall
from mockserver.replay.traffic import RecordedCourse

BEFORE_ALL: Final = Moment(-1, -1)
AFTER_ALL: Final = Moment(2**63 - 1, 2**63 - 1)


class UnknownAnswer(NamedTuple):
    """Why the recording does not know the answer, and what would help."""

    reason: str
    hint: str


@dataclass(slots=True, kw_only=True)
class CoursePosition:
    """How far a client has come with one recorded course."""

    course: RecordedCourse
    commands_sent: int = 0
    """The number of the course's commands that the client has sent."""
    reached: Moment = BEFORE_ALL
    """What was recorded up to here has happened."""
    shown: dict[CallKey, Moment] = field(default_factory=dict)
    """The answer that each call has got last, by its moment."""

    @property
    def start(self) -> Moment:
        """The last command that the client has sent; what was recorded before it is over."""
        if not self.commands_sent:
            return BEFORE_ALL
        return self.course.commands[self.commands_sent - 1][0]

    @property
    def end(self) -> Moment:
        """The next recorded command; what was recorded after it has not happened."""
        if self.commands_sent == len(self.course.commands):
            return AFTER_ALL
        return self.course.commands[self.commands_sent][0]

    @property
    def state_word(self) -> str | None:
        """The status that the recording shows at the moment reached; None if it shows none."""
        return self.word_at(self.reached)

    def word_at(self, moment: Moment) -> str | None:
        """Return the status that the recording shows at a moment; before the first one, the first one."""
        marks = self.course.marks
        if not marks:
            return None
        return marks[_mark_index(self.course, moment)].word

    @property
    def state_start(self) -> Moment:
        """The moment at which the recording shows the present state first; before all if that is its first one."""
        index = _mark_index(self.course, self.reached)
        return self.course.marks[index].moment if index else BEFORE_ALL

    @property
    def state_end(self) -> Moment:
        """The moment at which the recording shows the next state."""
        following = _mark_index(self.course, self.reached) + 1
        marks = self.course.marks
        return marks[following].moment if following < len(marks) else AFTER_ALL


def _mark_index(course: RecordedCourse, moment: Moment) -> int:
    return max(0, bisect_right(course.marks, moment, key=lambda mark: mark.moment) - 1)


def choose_read(position: CoursePosition, call: IdentifiedCall) -> RecordedAnswer | UnknownAnswer:
    """Return the answer to a read at the moment that the position has reached.

    Before the first recorded answer, that one stands for a read of the state, and for another read if the recording
    got it in the same state.
    """
    answers = position.course.answers[call.key]
    first = _latest_index(answers, position.start) + 1
    latest = _latest_index(answers, min(position.reached, _just_before(position.end)))
    if latest >= first:
        return answers[latest]
    if first == len(answers) or answers[first].moment >= position.end:
        return _outside(position, answers)
    if call.shows_state or not position.course.is_job or answers[first].moment < position.state_end:
        return answers[first]
    return _in_another_state(position, answers[first])


def choose_timed_read(position: CoursePosition, call: IdentifiedCall) -> RecordedAnswer | UnknownAnswer:
    """Return the answer to a read at the instant reached: of several at one instant, each in its turn."""
    chosen = choose_read(position, call)
    if isinstance(chosen, UnknownAnswer):
        return chosen
    shown = max(position.start, position.shown.get(call.key, BEFORE_ALL))
    answers = position.course.answers[call.key]
    next_index = _latest_index(answers, shown) + 1
    if next_index < len(answers) and answers[next_index].moment.at == chosen.moment.at:
        return answers[next_index]
    return chosen


def choose_next_read(position: CoursePosition, call: IdentifiedCall) -> RecordedAnswer | UnknownAnswer:
    """Return the answer to the next read: the one after the answer shown last, and the last one again and again.

    A read that does not show the job's state begins with its first answer in that state, and gets no further than it.
    """
    chosen = choose_read(position, call)
    if isinstance(chosen, UnknownAnswer):
        return chosen
    answers = position.course.answers[call.key]
    limit = position.end
    if not call.shows_state:
        limit = min(limit, position.state_end)
        first = _latest_index(answers, max(position.start, _just_before(position.state_start))) + 1
        if first < len(answers) and answers[first].moment < chosen.moment:
            chosen = answers[first]
    shown = position.shown.get(call.key, BEFORE_ALL)
    if shown < chosen.moment:
        return chosen
    following = _latest_index(answers, shown) + 1
    if following < len(answers) and answers[following].moment < limit:
        return answers[following]
    return answers[following - 1]


def interval_end(position: CoursePosition, key: CallKey, answer: RecordedAnswer) -> Moment:
    """Return the last moment at which a call has this answer."""
    answers = position.course.answers[key]
    following = _latest_index(answers, answer.moment) + 1
    if following < len(answers):
        return _just_before(min(position.end, answers[following].moment))
    return _just_before(position.end)


def _just_before(moment: Moment) -> Moment:
    return Moment(moment.at, moment.seq - 1)


def _latest_index(answers: Sequence[RecordedAnswer], moment: Moment) -> int:
    """Return the index of the last answer up to a moment; -1 if there is none."""
    return bisect_right(answers, moment, key=lambda answer: answer.moment) - 1


def choose_command(position: CoursePosition, call: IdentifiedCall) -> RecordedAnswer | UnknownAnswer:
    """Return the answer to a call that may change something: the recorded ones in their order, each once.

    The next one that was recorded in the job's present state comes first; then the command that changed the recorded
    job, in whatever state the client's is before it. The answer before is repeated if it changed nothing and the job's
    state is the same.
    """
    answers = position.course.answers[call.key]
    window = [each for each in answers if position.start < each.moment <= position.end]
    shown = position.shown.get(call.key, BEFORE_ALL)
    word = position.state_word
    fresh = [each for each in window if each.moment > shown]
    now = position.reached.at
    fitting = [each for each in fresh if each.moment.at == now or position.word_at(each.moment) == word]
    changing = [each for each in fresh if each.is_effective]
    repeated = [each for each in window if each.moment == shown and position.word_at(shown) == word]
    for candidates in (fitting, changing, repeated):
        if candidates:
            return candidates[0]
    if window:
        return _in_another_state(position, fresh[0] if fresh else window[-1])
    return _outside(position, answers)


def _in_another_state(position: CoursePosition, answer: RecordedAnswer) -> UnknownAnswer:
    then, now = position.word_at(answer.moment), position.state_word
    reason = f"the recording has the call only while the job was {then!r}, and now it is {now!r}"
    return UnknownAnswer(reason, f"The recorded answer is {answer.position}.")


def _outside(position: CoursePosition, answers: Sequence[RecordedAnswer]) -> UnknownAnswer:
    """Explain a call that was recorded on the other side of a command, or is not repeated."""
    if answers[-1].moment >= position.end:
        name = position.course.commands[position.commands_sent][1]
        return UnknownAnswer(
            f"the recording has the call only after {name}", f"Its client sent {name} first; yours has not."
        )
    name = position.course.commands[position.commands_sent - 1][1]
    return UnknownAnswer(
        f"the recording has no such call after {name}", f"Its last answer is {answers[-1].position}, before it."
    )
