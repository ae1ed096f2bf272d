"""Templates: found in three places, rendered within limits."""
