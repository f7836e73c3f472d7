"""The training stage: recipe, network and digits -> a run directory."""
