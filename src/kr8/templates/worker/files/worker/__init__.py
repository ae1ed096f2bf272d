"""Takes tasks from a queue and works on them."""
