"""kr8's own rules on infrastructure code, one a file.

A rule is a module with `RULE`, `check(code)`, and two examples that its test runs: `PASSES` and `FAILS`, text by path.
"""
