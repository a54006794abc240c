"""Products become files of others: pure writers, a product at a time, each read back to see what is lost."""
