"""Plays scenarios against whoever answers, judges what comes back, and tells it.

One play: `play` walks its steps, `asking` makes their requests (`calling`: an operation's call), `casting` knows the
jobs and what was kept, `timing` says when, `expecting` and `inbox` hold answers and webhooks against what a step says.
What comes of it is a `played`. `targets` are whom it is played on, `wire` is HTTP, `teaching` lets a server of ours
know its scenarios, `suite` plays many.

Races: `races` has the ways in which a play can go, `tokens` their names, `exploring` tries them all.

Judging: `judging` for plays and servers, `promises` for what a scenario makes the fake say, `checking` for recordings,
`watching` for what happens now; `redacting` takes secrets out of it. Asking others: `probing` with care, `fuzzing` with
what `generating` has made; `curl` sends it again. `reporting` tells all of it.
"""
