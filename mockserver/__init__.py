"""A mock server and contract-testing toolkit for asynchronous video-job APIs, in virtual time."""

__version__ = "0.1.0"
