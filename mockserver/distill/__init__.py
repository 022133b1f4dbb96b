"""Distills a recording: writes the shortest scenario that behaves like it, and proves it by playing it back in process.

Theory of operation, one file for each step:

1. `calls` reads the recording as calls of one vendor's era: operation, job, what the answer shows of its jobs.
2. `courses` fits a timeline to what was seen of each job; `round_duration` picks the roundest duration inside bounds.
3. `first_draft` composes a draft, `draft` writes it as YAML; `steps` adds the client's commands as a play.
4. `playback` sends the recording's own requests at their own instants to the engine under a draft, with the ids that
   they have there (`translation`), and compares the answers (`answer_comparison`).
5. `repairs` knows which lines could explain a mismatch, `answer_repairs` which faults (`fault_lines`); `search` tries
   them, and drops every line that is not needed.
6. `distiller` runs these steps; what no line explains is listed in its result.
7. `minimizer` shrinks the result while a user's check fails with it: `smaller_values` is the delta debugging.

Nothing of the recording's texts enters a draft: only operations, states, statuses, durations, and words that the
vendor's own contract has (`vocabulary`).
"""
