"""Packs: a vendor in one YAML file, compiled to the values that a vendor in Python is built from.

`compile_pack` is the entry. `grammar` has the table of the language, from which the checker and the published JSON
Schema both come; `era_overlays` lays the eras over one another; `values` and `names` compile what a body shows to
functions of a job's snapshot; one module for each section compiles the rest. Nothing below this package knows packs:
sessions, faults, races, explanations and the judge see a `Vendor`.
"""
