"""The page of all published results, and whether these are what the stored rows say."""
