"""One request at a time, as a function: `handle(room, asked, now)`; and what a session is made of.

The engine knows vendors only as `vendors.api` describes them, keeps nothing between calls and reads no clock. What
it needs to remember goes through the store it is given.
"""
