"""The scoring endpoint: the deployed classifiers answer over HTTP, each by its verified version.

Reads models_store only, so it serves on while a run writes the warehouse.
"""
