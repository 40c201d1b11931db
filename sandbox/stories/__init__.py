"""Scripted people who live through the whole service, over HTTP and nothing else."""
