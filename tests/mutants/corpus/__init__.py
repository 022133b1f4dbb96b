"""A corpus of mutants, vendors with one seeded bug each: `python -m tests.mutants.corpus` scores who finds them.

A mutant is the correct fake with one bug, and a client driver: the calls that a client makes of it. The judge reads
the exchanges; Schemathesis' built-in checks get the same server with the same bug, and a bounded time. `mutant`
defines a mutant, `phaseo`, `twelvelabs` and `reap` list them, `mutations` has what bugs are made of, `client_drivers`
the drivers, `undetectable` the bugs that no rule can name.
"""
