"""The evaluation stage: probabilities and labels -> figures, pictures, a report."""
