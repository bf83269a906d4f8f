"""What may be published: small cells withheld, over everything that was published before."""
