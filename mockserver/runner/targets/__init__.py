"""The targets of a play: the engine in this process, a mock server over HTTP, or a live API.

Each implements `PlayTarget`: it sends requests and moves its clock to an instant. The first two have a virtual clock,
so eight hours take no time; on a live API the play waits.
"""
