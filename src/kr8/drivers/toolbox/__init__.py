"""Programs that kr8 runs and never imports, each made in a folder of its own of what is locked.

The Python programs would not fit beside each other, nor beside kr8: their dependencies contradict. NAME.txt is the lock
of one; a folder with a go.mod is a Go program.
"""
