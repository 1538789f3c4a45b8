"""Records of people, their sealed values and papers, and how both end."""
