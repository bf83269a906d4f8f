"""The fieldwork board's rules: what is behind, what is under the minimum, what to expect. Pure."""
