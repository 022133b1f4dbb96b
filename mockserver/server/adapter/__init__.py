"""aiohttp on a connection that the fast path has handed over."""
