"""What lists take: orders and filters, made from the declared nouns."""
