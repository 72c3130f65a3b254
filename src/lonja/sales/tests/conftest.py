from lonja.sales.tests.house import link, mirador, quote, sent, whole_transactions

__all__ = ["link", "mirador", "quote", "sent", "whole_transactions"]
