"""Injected misbehaviour: one kind of fault, one small file, and `table` names them all.

A file has the fault's word, what may stand behind it, an example, and its behaviour: pure, at one of the four points
that `vendors.faults.Effect` names. The rest of this room reads `faults:` (`reading`); who counts the calls and applies
what happens is `engine.faulting`; what needs a socket is done by the server, which is told by a `Sending`.
"""
