"""Everything that speaks HTTP besides the fast path: the listener, aiohttp, transmissions, websockets."""
