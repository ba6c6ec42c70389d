"""Drawing: plain numbers and words in, inline SVG out; nothing here knows a mart or a language."""
