"""Pages: one module a kind of page; each says which figures stand on it, in which order, under which headings."""
