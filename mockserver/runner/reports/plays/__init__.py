"""Reports of plays."""
