"""shellcheck, as a checker of shell scripts."""
