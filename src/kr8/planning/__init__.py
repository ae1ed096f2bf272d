"""Project + environment + what is there → plan. Pure."""
