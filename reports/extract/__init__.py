"""The extract for dashboards: a star schema as Parquet, CSV and Tableau's own format."""
