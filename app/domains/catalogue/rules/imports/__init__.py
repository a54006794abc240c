"""Files of others become products: pure, streaming parsers. Nothing is fetched, nothing is stored."""
