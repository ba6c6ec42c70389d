"""No published figure gives anybody away: what disclosure control withholds, rounds, and proves about it."""
