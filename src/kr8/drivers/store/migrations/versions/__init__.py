"""One revision a file; a file that was released is never changed."""
