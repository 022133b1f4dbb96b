"""Requests handled as a function, `handle(context, incoming, now)`, and the parts of a session around it.

The engine knows vendors only as `vendors.api` describes them, and reads no clock. What it remembers of jobs goes
through the store that it is given.
"""
