"""What training scripts log: experiments, runs with curves, files, and versions made of them.

`registry.mlflow` speaks this over HTTP; nothing here knows of requests.
"""
