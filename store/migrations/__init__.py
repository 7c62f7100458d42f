"""How the schema came to be, one file per step; `store.schema.upgrade` runs them."""
