"""Updates of generated projects: what the template's releases and its owners' edits become."""
