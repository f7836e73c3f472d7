"""Writing: made lines and pages of handwritten numbers with their truth, for the two networks that read pages."""
