"""The mapping compiler: reviewable rows in, Arrow kernels out, for writing XML and for reading it back."""
