"""Clusters: communities of grains in the graph, found by Louvain, named by their words, with ids that stay."""
