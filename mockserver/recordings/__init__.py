"""Exchanges from files: HAR, VCR.py cassettes and our own journal, read as streams; journals written, redacted.

`recording` opens a file and gives its exchanges one at a time, `har`, `cassette` and `journal` say what one entry of
each format means, `jsontext` and `yamltext` hand the entries over one by one, and `redact` takes the secrets out of
an exchange before anything is written. This room knows files and HTTP; it has never heard of a vendor or a rule.

Theory of operation. A recording is evidence, and evidence that was lost must not be made up: an answer whose body
the recorder dropped becomes a call without an answer (whoever judges it knows then that the call may have had its
effect), an entry that is no call of a server is left out, and both are counted with their reason. Nothing is held in
memory but the entry at hand and a window that brings calls into the order of their sending.
"""
