"""Puts a client in front of scenarios, each in a session of its own, and judges what the client made of them.

Theory of operation. `candidates` chooses the scenarios and says which cannot be tried. `sessions` serves them from a
thread of this process and gives each run a session, whose address the client gets by its environment. `client_process`
runs the client as a group of processes, and stops the group at its deadline. `evidence` is what is left of a run: the
client's end, its calls, its jobs. `verdicts` judges that, without any effect, and `encounters` says whether the client
met what the scenario is about: a client that did not has not survived it.

A receiver of webhooks is tried by `receiver_runs`: it plays the scenario itself, and a `relay` hands the deliveries on
to the receiver. `receptions` are what is left of such a run, and `receiver_verdicts` judges that.
"""
