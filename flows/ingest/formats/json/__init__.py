"""JSON lines and documents, every value of which lands as the text it has in the file."""
