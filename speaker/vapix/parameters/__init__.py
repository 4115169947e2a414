"""What `param.cgi` lists and sets: parameters by path, each with a source, a type and rights."""
