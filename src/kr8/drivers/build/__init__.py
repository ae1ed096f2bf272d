"""Makes commits runnable, on this machine."""
