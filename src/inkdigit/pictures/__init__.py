"""A file of any kind -> the pixels of a picture, upright, on white."""
