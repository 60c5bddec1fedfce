"""Inferences become windows of counts, kept until the service has them."""
