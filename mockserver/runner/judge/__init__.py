"""Judging: plays and servers, recordings, live traffic, scenario files; and the redaction of what was found."""
