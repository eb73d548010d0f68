"""What use does: recalls are counted as uses, and breadth of use makes a memory core."""
