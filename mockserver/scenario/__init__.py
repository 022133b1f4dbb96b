"""The scenario language: a YAML file becomes a `Scenario`, or a list of everything that is wrong with it.

`reader` keeps positions (`nodes`), `shapes` is a library of forms, `language` the tables of the language (`words` are
its small words, `steps` those of a play), `report` what is wrong. `compile` gives the words their values, each part of
a file by a file of its own: `timelines`, `cancel`, `limits`, `hooks`, `faults`, and `play` with `cast` (which job),
`answers`, `groups`, `moments` and `kept`. `lint` holds all of it to the vendor's tables. No vendor is known here:
they are passed in. `model` is what comes of it, `library` finds scenarios by name.

Nothing is imported until it is asked for: a server without a scenario reads no YAML.
"""
