"""What turns a project into files: pure, and the same bytes for the same input on any machine."""
