"""Tables in and out: CSV, Parquet, JSON and the manifest."""
