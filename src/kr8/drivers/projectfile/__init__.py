"""kr8.toml: text to value, mistakes to places."""
