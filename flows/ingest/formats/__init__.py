"""The formats a part may have: how each is told by its content, and how it is read."""
