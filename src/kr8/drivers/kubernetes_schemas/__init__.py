"""Kubernetes' own schemas, as a checker of manifests: no cluster is asked, nothing is fetched."""
