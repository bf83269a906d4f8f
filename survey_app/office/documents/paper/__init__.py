"""Paper in the administrative layout of Nghị định 30/2020/NĐ-CP: its blocks, and its files."""
