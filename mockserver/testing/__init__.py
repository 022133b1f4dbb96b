"""Tests of a client in pytest: a session of the fake for each test, its verdict, and the story of a failure.

`plugin` is what pytest loads in every run, so it imports nothing but pytest; the rest is imported by the first test
that uses a fixture. Everything goes through the admin API of a server: one in a thread of this process, or one that
runs already. Nothing here knows what is inside a server, except `server`, which starts it.
"""
