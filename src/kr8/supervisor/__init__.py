"""The small process that keeps services, proxy and daemon of this machine running. Standard library only."""
