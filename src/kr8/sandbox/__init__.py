"""What is left of this machine to what kr8 builds and runs. Standard library only: every other room may use it."""
