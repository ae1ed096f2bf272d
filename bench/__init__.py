"""Measures each number that this project keeps (DESIGN §11): `make bench`."""
