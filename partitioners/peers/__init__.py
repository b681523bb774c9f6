"""Partitioners of other packages, under the contract of this one, and two systems composed of them."""

from partitioners.peers import (  # noqa: F401
    bioimage_cpp,
    cc3d,
    gmis,
    higra,
    igraph,
    leidenalg,
    mwatershed,
    networkit,
    networkx,
    scikit_image,
    scikit_network,
    ssap,
    waterz,
)
