"""Plain GETs, answered without aiohttp."""
