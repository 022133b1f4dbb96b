"""The documents of a contract: captures (OpenAPI), waivers, and the strict readers of YAML and JSON."""
