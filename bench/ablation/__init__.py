"""The paper's Table 4: four compositions of Cascade-GAEC on the same pyramids, or any partitioners in their place."""
