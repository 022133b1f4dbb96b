"""Drafts of packs: reads an OpenAPI document, finds its kinds of job, and writes the pack that serves them.

    draft = draft_pack(capture, "press", date="2026-11-02")
    draft.text, draft.summary

Theory of operation. `schemas` gives one flat view of a schema, `calls` one of a call. `job_finder` finds the reads that
show a job, and the calls that belong to each. `status_words` puts the states in an order by their names, which `hints`
in the document correct. Each section of the pack is one module; where the document does not say something, the section
writes a default that works and asks a question, which becomes a comment beside it. `draft` joins them.

No file is read here, and nothing is printed.
"""
