"""What running services do when their parts break, by halves or for good."""
