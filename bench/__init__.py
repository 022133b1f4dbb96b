"""Speed and size, measured: `python -m bench` prints one table.

Machines drift; ratios inside one run do not, to about 20 %. So whatever is compared is measured side by side: both
servers up, in turns, and the ratio taken turn by turn.
"""
