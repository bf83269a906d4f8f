"""What a site tells those who look after it: whether it is well, how much it does, what went wrong.

Nothing here names a respondent or an invitation, and no number changes by fewer than five people
where boards do not: what respondents ask for is one sum, whatever page it was.
"""
