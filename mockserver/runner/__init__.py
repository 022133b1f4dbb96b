"""Plays scenarios on a target, judges exchanges by the contract, and reports both.

`targets` are the servers a play can run on, `play` runs one scenario, `suite` several, and `races` explores the
interleavings of a play. `judge` judges plays, servers, recordings and live traffic; `active` sends requests of its own
(`probe`, `fuzz`). `reports` renders what was played or judged. Each package imports only those after it in the order
races, active, suite, judge, reports, play, targets (import-linter checks it); `calls` and `codes` import none of them.
"""
