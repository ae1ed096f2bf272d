"""The verbs of kr8: a folder is a server, a module a group, a function an operation."""
