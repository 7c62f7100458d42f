"""iTop over REST/JSON."""
