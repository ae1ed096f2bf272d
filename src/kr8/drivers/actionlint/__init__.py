"""actionlint, as a checker of GitHub's workflows."""
