"""What MLflow's client asks of a tracking server and a registry, answered from ours.

The client is unchanged: `MLFLOW_TRACKING_URI` is this service and `MLFLOW_TRACKING_TOKEN` an API
token. Its words stay in here; `registry.tracking` and `registry.services` do the work.
"""
