"""kr8's own rules, as a checker: nothing is run, and no tool is needed."""
