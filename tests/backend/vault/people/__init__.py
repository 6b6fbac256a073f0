"""A small application with encrypted fields of every kind, installed for these tests alone."""
