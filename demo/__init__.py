"""A real deployment story on this machine, under load: `make demo`."""
