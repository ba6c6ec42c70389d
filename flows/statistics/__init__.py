"""Statistics: what SQL cannot say, as pure functions over frames."""
