"""Business rules: declarations evaluated on columns, all at once, every finding kept."""
