"""Checking finished files: one streaming pass gives schema verdict, sha256 and read-back."""
