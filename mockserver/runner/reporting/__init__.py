"""How judged recordings are told: to a person, to a program, to a CI server.

`results` is what a run came to (findings alike told once, what a baseline accepts, the exit code); every other file is
one format, a function from results to text or bytes. A recording is somebody else's text: whatever comes from one goes
through `escape` on its way out. There is no clock and no network here, so the same results give the same bytes.
"""
