"""Rules as data: the contents of a vendor's `rules.yaml`, and the kinds of rule that it may use.

`rule_set` reads the files, `conditions` is the language of their conditions. `fields` judges one body of a job, `spans`
several bodies of one job, `answers` single exchanges, `traffic` the run as a whole; a rule about states is a relaxation
of the possible-state oracle (`contract.oracle`). A new vendor writes rules, not code.
"""
