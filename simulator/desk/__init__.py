"""The estate as a desk in memory that changes, for practice systems without a database."""
