"""`kr8 serve`: the daemon. Its sockets are open before anything heavy is imported."""
