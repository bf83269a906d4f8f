"""A demonstration: a whole wave of invented respondents, made through the pages that people use."""
