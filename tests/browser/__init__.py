"""A package, so that the fixture `browser` ends with this folder: pytest gives folders without this file no scope."""
