"""Tests of the load tests: `poe check-load` runs them."""
