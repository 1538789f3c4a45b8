"""Acts that take two people: asked, signed here or on another machine, carried out."""
