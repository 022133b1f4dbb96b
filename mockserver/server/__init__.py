"""The engine on a socket: sessions by name, the admin API, and aiohttp around it."""
