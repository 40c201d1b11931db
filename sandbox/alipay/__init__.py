"""Alipay's side: the gateway that answers our calls, and the pushes it sends us."""
