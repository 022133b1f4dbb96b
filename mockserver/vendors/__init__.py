"""The vendors: tables that can be checked line by line against the vendor's pages, plus small renderers.

`api` is the facade for a vendor package: it re-exports `model`, `answer` and `cancel`. `planner`, `commands`, `checks`
and `http` are shared by all vendors. Each vendor has the same six files (vendor, states, requests, responses, errors,
events) and imports no other vendor. Vendors are found through the entry-point group `mockserver.vendors`.
"""
