"""The load tests of generated projects, run for real: green as they are, red once spoilt."""
