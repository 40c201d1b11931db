"""统一身份认证: the province's sign-in (OpenID Connect), face check and business register."""
