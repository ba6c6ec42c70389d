"""Counts of movements are told over spans of time: months, quarters, years, twelve months, since January."""

# First and last month of a span, counted from year 0, the first exclusive.
Span = tuple[int, int]
YEAR, QUARTER = 12, 3
# How finely a count is told: over twelve months, by what ends with a quarter, by anything else.
YEARLY, QUARTERLY, MONTHLY = 0, 1, 2
GRAINS = (YEARLY, QUARTERLY, MONTHLY)


def grain(span: Span) -> int:
    """Return how finely a span tells; windows of twelve months tell nothing of what lies inside them."""
    first, last = span
    if last - first == YEAR:
        return YEARLY
    return QUARTERLY if first % QUARTER == 0 and last % QUARTER == 0 else MONTHLY
