"""kr8's own rules on infrastructure code, one a file.

A rule is a module with `RULE`, `check(code)`, and two examples that its test runs: `PASSES` and `FAILS`, text by path.
One whose mend is a change of text has `edits(code)` too: what its failing example becomes must pass.
"""
