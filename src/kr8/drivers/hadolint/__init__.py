"""hadolint, as a checker of what images are made by."""
