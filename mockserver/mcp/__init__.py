"""Tools for coding agents: the admin API of a running server as five tools of the Model Context Protocol.

Each tool is a plain function from arguments to JSON, in a module of its own; only `protocol` imports the SDK. Knows the
server by its admin API alone, never its inside.
"""
