"""Judges exchanges by a contract: one at a time (`exchange`), and whole histories (`history`).

`history` orders exchanges (`reorder`), routes them by the capture, finds the jobs in them (`job_finder`), and
hands them to `job` (rules about states and bodies), `run` (about single answers and rates) and `client` (about the
client's behaviour).
"""
