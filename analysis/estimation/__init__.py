"""Means with their influence, variance, item nonresponse and intervals."""
