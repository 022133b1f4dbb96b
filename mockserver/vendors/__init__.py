"""The vendors: tables a reader can check against the vendor's pages, plus small renderers.

`api` says what a vendor is, `planning` and `commands` are what vendors share; phaseo, twelvelabs and reap know
nothing of one another. All are found through the entry-point group `mockserver.vendors`, ours as a stranger's.
"""
