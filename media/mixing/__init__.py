"""Adding sound up, keeping it below full scale, and measuring how loud it is."""
