"""The commands that look things up or undo them, one module each; the verbs of the loop stand beside this folder."""
