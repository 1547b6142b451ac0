"""In which deliveries does a person occur, where in them, and what became of it (issue 5, point 8)."""
