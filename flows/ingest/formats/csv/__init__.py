"""Text with delimiters: encoding aside, how it is written, where its records are, and which of them are good."""
