"""Style figures of the package, and the limits that `make check` holds them to."""
