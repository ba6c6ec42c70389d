"""Release: what leaves the building, protected, complete and atomic."""
