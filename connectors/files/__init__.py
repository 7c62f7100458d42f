"""Exports of any ITSM tool as a source: CSV, Excel, JSON Lines and Parquet, also gzipped."""
