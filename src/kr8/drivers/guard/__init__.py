"""What is known of infrastructure code before any tool evaluates it."""
