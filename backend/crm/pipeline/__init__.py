"""Loads the public `crm-sales` data set: four CSV files of a hardware seller, dirty as real exports are."""
