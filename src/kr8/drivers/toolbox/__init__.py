"""Python programs that kr8 runs and never imports: each in an environment of its own, as its lock file says.

They would not fit beside each other, nor beside kr8: their dependencies contradict. NAME.txt is the lock of a tool.
"""
