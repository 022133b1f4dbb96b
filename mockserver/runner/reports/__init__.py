"""Reports: what was judged (`checks`) or played (`plays`), for a person, a program or a CI server.

In `checks`, `results` groups the findings and decides the exit code; every other file is one format, a function from
results to text or bytes. Recorded text is untrusted: all of it goes through `escape`. There is no clock and no network
here, so the same results give the same bytes.
"""
