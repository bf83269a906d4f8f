"""What anybody may read: published results, explained, to take away, to embed and to follow."""
