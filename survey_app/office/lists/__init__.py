"""Lists that were handed in: how they were understood, confirmed or dropped; templates for them."""
