"""The command line: a thin client of the daemon. It imports no models and learns its commands from catalogue.json."""
