"""What goes wrong with the proxy."""


class ProxyError(Exception):
    """HAProxy refused what it was told; the text has its own words."""
