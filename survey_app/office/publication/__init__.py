"""What becomes public, prepared by one person and approved by another; and withdrawn."""
