"""A page: picture -> numbers, found by the detector -> strips -> characters, read by the line recognizer -> lines."""
