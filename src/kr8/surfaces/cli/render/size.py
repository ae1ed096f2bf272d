"""How much something takes, as a person reads it."""

UNITS = ("B", "kB", "MB", "GB", "TB")


def size(taken: float) -> str:
    """Bytes in the largest unit that leaves a number of at least 1; units of a thousand, as disks are sold."""
    unit = 0
    while taken >= 999.95 and unit < len(UNITS) - 1:
        taken, unit = taken / 1000, unit + 1
    return f"{taken:.0f} {UNITS[unit]}" if unit == 0 else f"{taken:.1f} {UNITS[unit]}"
