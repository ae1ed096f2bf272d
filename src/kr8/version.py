"""The version of kr8, for every process of it."""

VERSION = "0.1.0"
