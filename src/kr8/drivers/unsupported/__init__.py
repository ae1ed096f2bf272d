"""Infrastructure code that kr8 has no checker for: it is told, so that nobody takes silence for a pass."""
