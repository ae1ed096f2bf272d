"""What the site promises."""
