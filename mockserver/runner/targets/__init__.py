"""Whom a play is played on: the engine in this process, our server over HTTP, or somebody's live API.

Each is a `Target` (`api`): it sends a request and brings its time to an instant. The first two have a clock of their
own, so eight hours take no time; a live API has the world's, and there a play waits.
"""
