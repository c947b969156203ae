package catalog

import (
	"github.com/godescent/descent"
	"github.com/godescent/descent/method/proximal"
)

// What methods need and take, as the entries below write it.
var (
	gradients   = []string{"Smooth"}
	regularized = []Class{Smooth, Bounds, Composite}
)

// methods is the table, by family.
var methods = []Entry{
	{
		ID: "prox-grad", Title: "Proximal gradient method", Family: "proximal", Classes: regularized, Needs: gradients,
		New: func() descent.Method { return &proximal.ProxGrad{} },
		Paper: Paper{
			Key: "beck2009", Kind: "article", Authors: []string{"Amir Beck", "Marc Teboulle"}, Year: 2009,
			Title: "A fast iterative shrinkage-thresholding algorithm for linear inverse problems", Venue: "SIAM Journal on Imaging Sciences", Volume: "2(1)", Pages: "183–202", DOI: "10.1137/080716542",
		},
	},
	{
		ID: "fista", Title: "Accelerated proximal gradient method with restart", Family: "proximal", Classes: regularized, Needs: gradients,
		New: func() descent.Method { return &proximal.FISTA{} },
		Paper: Paper{
			Key: "beck2009", Kind: "article", Authors: []string{"Amir Beck", "Marc Teboulle"}, Year: 2009,
			Title: "A fast iterative shrinkage-thresholding algorithm for linear inverse problems", Venue: "SIAM Journal on Imaging Sciences", Volume: "2(1)", Pages: "183–202", DOI: "10.1137/080716542",
		},
	},
}
