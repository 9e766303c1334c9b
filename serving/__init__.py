"""HTTP: the BentoML service, the REST API mounted in it, its metrics, the static site."""
