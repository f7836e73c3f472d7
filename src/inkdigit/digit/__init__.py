"""One digit: a picture of one -> the ink that is it, and other views of it."""
