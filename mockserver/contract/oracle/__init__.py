"""The possible-state oracle: is there a legal history of a job that explains every answer about it?

Read `possible_states` first, which has the algorithm and an example; then `state_machine`, the evidence of one answer,
and `counterexample`, which finds the broken rule and the fewest calls that prove it.
"""
