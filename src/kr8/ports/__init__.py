"""What the inside needs from the outside: one Protocol a file."""
