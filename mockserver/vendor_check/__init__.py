"""Checks whether a vendor keeps what the engine asks of it: `mockserver vendor check NAME`.

A duty is one thing that the engine, the stores or the server rely on and that no type says: that an answer holds as
long as it says, that a handler is pure, that a link leads somewhere. `duties` has the table; each family of duties has
a module. Everything is tried in process, with the vendor's own tables and example bodies, so that it works for any
vendor: no vendor and no operation is known by its name here.
"""
