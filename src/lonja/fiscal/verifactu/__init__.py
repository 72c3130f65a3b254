"""VERI*FACTU (RD 1007/2023, Orden HAC/1177/2024): records, hash chain, XML and QR."""
