"""What the codes of products mean: data that exports and APIs of a product share."""
