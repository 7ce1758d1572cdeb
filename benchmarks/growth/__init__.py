"""What it costs to grow: more rows, more connections, more replicas."""
