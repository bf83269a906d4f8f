"""The seam to `analysis`: a wave becomes a frozen folder of files."""
