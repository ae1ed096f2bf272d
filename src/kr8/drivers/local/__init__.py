"""This machine as a target: the supervisor runs what is desired, this driver tells it and reads it."""
