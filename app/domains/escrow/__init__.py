"""The hold of a sale, with its frozen split, until it is released or refunded."""
