"""The rules of quality: what is masked, which texts and counts are shown, what may be left out."""
