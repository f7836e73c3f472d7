"""The picture stages of reading: picture -> 28x28 digits."""
