"""What the worker promises."""
