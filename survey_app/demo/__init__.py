"""A demonstration: a whole wave of invented respondents, made through the doors that people use."""
