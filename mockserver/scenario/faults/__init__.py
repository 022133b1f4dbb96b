"""Faults: injected misbehaviour. One kind of fault is one file, and `table` lists them all.

A file has the fault's keyword, the shape of its value, an example, and its behaviour: pure, at one of the four points
that `vendors.faults.Effect` names. `compile` reads `faults:`. `engine.faults` counts the calls and applies the effects;
what needs a socket is done by the server, which gets a `core.transmission.Transmission`.
"""
