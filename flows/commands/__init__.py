"""A module for each group of commands; each parses, calls one function of a room, and prints its answer."""
