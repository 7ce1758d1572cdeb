"""What Prometheus and Grafana are given, put to Prometheus itself."""
