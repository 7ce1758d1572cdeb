"""What each of the seven mistakes costs, beside what the generated service does instead."""
