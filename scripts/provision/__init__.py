"""What `scripts/setup` does, a module for each thing it sets up; standard library only."""
