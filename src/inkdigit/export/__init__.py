"""The export stage: a trained network -> files that other programs open, proven equal."""
