"""Open data: a scored release becomes one archive that every other program opens."""
