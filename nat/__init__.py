"""Addresses and datagram paths: what media sends through and SIP is reached at."""
