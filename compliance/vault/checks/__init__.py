"""What is looked for in a store that its library does not find by itself."""
