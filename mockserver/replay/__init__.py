"""Serves a recording as it is, to a client that polls at its own interval.

`calls` says which call a request is, and of which job; `traffic` reads a recording into the course of each job, with
the answers in `answers`; `course` chooses the answer of one moment; `player` follows the client's jobs along the
recorded ones, and `rewrites` puts the client's ids and the server's address into answers. All of these are pure: the
instant is an argument. `http_server` serves them on a port.

Theory of operation. A *moment* is a place in the recording: an instant and a sequence number. Each job of the client
has one, which only moves forwards: with the clock since the job was created, or with each poll. An answer is the
latest one recorded for the call up to that moment, never one from beyond, and the last one stays. A command that
changed the recorded job divides its course: what was recorded after it is shown only when the client has sent it,
and then at once. What the recording cannot know is answered with a problem, never with a guess.
"""
