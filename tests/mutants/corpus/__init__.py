"""A corpus of seeded vendor bugs, and who finds them: `python -m tests.mutants.corpus` prints one table.

Each kind is the correct fake with one bug, and a short story that a client would live through. Our judge reads the
story; Schemathesis' built-in checks get the same server with the same bug, and a bounded time. `kinds` says what a
kind is, `phaseo`, `twelvelabs` and `reap` list them, `drives` has the stories.
"""
