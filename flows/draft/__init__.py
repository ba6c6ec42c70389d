"""Draft: a file that nobody knows in, a contract for it out, without a word of what stands in its cells."""
