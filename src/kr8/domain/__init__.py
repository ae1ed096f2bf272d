"""The words of kr8 as frozen models and pure functions: no I/O, no clock, no randomness."""
