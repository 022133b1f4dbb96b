"""HTTP as a client sends it, and the admin API of a running mock server seen from outside.

The commands, the plays on a server and the test plugins reach a server through this package alone. It knows the wire
and the admin API, nothing of vendors, scenarios or the server's inside.
"""
