"""The one way to run a child process."""
