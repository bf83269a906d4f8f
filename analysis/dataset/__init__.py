"""The data set as arrays, and its reader."""
