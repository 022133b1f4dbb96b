"""The scenario language: a YAML file becomes a `Scenario`, or a list of everything that is wrong with it.

`reader` keeps positions, `shapes` is a library of forms, `language` the tables of the language, `compile` gives the
words their values and `lint` holds them to the vendor's tables. No vendor is known here: they are passed in.
Nothing is imported until it is asked for: a server without a scenario reads no YAML.
"""
