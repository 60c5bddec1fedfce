"""PyTorch models as `torch.export` saves them (`.pt2`): never a pickle of a module."""
