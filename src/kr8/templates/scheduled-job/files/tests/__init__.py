"""What the job promises."""
