"""The example: a small blog. Replace it with what the service is for."""
