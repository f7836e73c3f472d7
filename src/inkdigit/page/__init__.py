"""A page: a picture of numbers -> written lines -> digits with their places."""
