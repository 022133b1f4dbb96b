"""Reports of a trial."""
