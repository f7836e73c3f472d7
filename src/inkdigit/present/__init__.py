"""What was read -> what a person or a program reads: text, a table, JSON, a picture with the digits on it."""
