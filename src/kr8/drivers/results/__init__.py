"""Results of checkers, as files of the home's cache."""
