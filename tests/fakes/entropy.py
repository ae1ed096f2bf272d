"""Ids that count."""


class CountingEntropy:
    """Gives prefix_000…001, 002 and so on: sortable, and known beforehand."""

    def __init__(self) -> None:
        self._made = 0

    def new(self, prefix: str) -> str:
        self._made += 1
        return f"{prefix}_{self._made:026d}"
