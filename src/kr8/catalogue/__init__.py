"""One definition per operation, one path for every call."""
