"""A pack as PowerPoint slides with charts that can be edited: `deck.render_slides` makes them."""
