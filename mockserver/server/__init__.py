"""The mock server on a socket: sessions by name, the admin API, and two HTTP paths around them."""
