"""Frame and sample as officials hand them in."""
