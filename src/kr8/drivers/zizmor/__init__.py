"""zizmor, as a checker of what GitHub's workflows let strangers do."""
