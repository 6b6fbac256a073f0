"""Believable synthetic data: equal size and seed give equal rows. Every name and number is made up."""
