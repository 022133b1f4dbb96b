"""Rules as data: what a vendor's `rules.yaml` says, and the few kinds of rule that it may say it with.

`book` reads the files, `conditions` is the little language in them. `fields` judges one body of a job, `spans` several
bodies of one job, `answers` single exchanges, `traffic` the run as a whole; the rules about states are relaxations of
the possible-state oracle (`contract.states`, `contract.oracle`). A new vendor writes rules, not code.
"""
