"""An update from the order to the proved and started model, and back."""
