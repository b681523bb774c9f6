"""The engine that all studies share: cells and their answers, processes, plug-ins, and where numbers come from."""
