"""What was written in people's own words, screened, called back about, and left out."""
