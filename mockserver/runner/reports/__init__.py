"""How what was judged or played is told: to a person, to a program, to a CI server.

`plays` (with `orders`, where the orders of races were tried) tells of plays, in every form. The rest is about
recordings: `results` is what a run came to (findings alike told once, what a baseline accepts, the exit code); every
other file is one format, a function from results to text or bytes. A recording is somebody else's text: whatever comes
from one goes through `escape` on its way out. There is no clock and no network here, so the same results give the same
bytes.
"""
