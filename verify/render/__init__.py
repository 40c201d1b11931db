"""A report for machines, terminals and people. All words are in ``wording``."""
