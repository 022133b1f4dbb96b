"""HTTP as a client sends it, and the admin API of a running mock server seen from outside.

The commands, the plays on a server, the trial of a client and the test plugins reach a server through this package
alone. It knows the wire, the admin API and what its answers mean (`views`, `conduct`), and of a vendor only where its
clients connect (`vendor_view`); nothing of scenarios or the server's inside.
"""
