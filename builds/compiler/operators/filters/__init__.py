"""Operators with weights or windows: convolutions, dense layers, products of matrices, pools."""
