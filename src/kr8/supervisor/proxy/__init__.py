"""HAProxy as the supervisor drives it: a table of frontends and servers in, states and counters out."""
