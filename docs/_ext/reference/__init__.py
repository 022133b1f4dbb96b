"""Pages of the reference that are made from the code: commands, scenario keys, fixtures, the admin API.

`python -m docs._ext.reference` writes them; a test compares.
"""
