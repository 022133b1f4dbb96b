"""The choice of vendor and era for a recording of unknown origin."""
