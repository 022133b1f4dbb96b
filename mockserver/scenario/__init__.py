"""The scenario language: a YAML file becomes a `Scenario`, or a list of all its problems.

`reader` keeps positions (`nodes`), `shapes` is a library of shapes, `language` has the tables of the language
(`common_shapes` the shared shapes, `steps` those of a play), `diagnostics` collects problems. `compile` produces the
values, with one file for each part: `timelines`, `cancel`, `limits`, `webhooks`, `faults`, and `play` with `job_names`,
`expectations`, `groups`, `relative_times` and `placeholders`. `lint` checks all of it against the vendor's tables. No
vendor is known here: they are passed in. `model` is the result, `library` finds scenarios by name.

Nothing is imported here: a server without a scenario reads no YAML.
"""
