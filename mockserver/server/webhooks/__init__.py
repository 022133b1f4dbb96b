"""Webhooks on real sockets: the sender and its allowlist, and the local receiver of `mockserver listen`."""
