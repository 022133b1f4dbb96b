"""Recorded exchanges in files: HAR, VCR.py cassettes and journals, read as streams; journals are written redacted.

`recording` opens a file and yields its exchanges. `har`, `cassette` and `journal` interpret one entry of their format,
`json_stream` and `yaml_stream` yield the entries one at a time. Secrets are removed by `redaction`. This package knows
files and HTTP, and neither vendors nor rules.

Theory of operation. A recording is evidence, and lost evidence must not be invented: an answer whose body the recorder
dropped becomes a call without an answer (so a judge knows that the call may have had its effect), an entry that is no
call of a server is left out, and both are counted with their reason. Memory holds the present entry and a bounded
window that puts calls into the order in which they were sent.
"""
