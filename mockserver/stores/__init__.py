"""Stores: load and save what one request touches."""
