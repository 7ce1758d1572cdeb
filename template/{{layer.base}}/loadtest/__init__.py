"""Load tests: what the service is asked, how hard, and what it must keep (slo.toml)."""
