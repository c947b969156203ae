// Package all is the table of the claims.
package all

import (
	"fmt"
	"strings"

	"github.com/godescent/descent/catalog"
	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/claim/adaptive"
	"github.com/godescent/descent/claim/coordinate"
	"github.com/godescent/descent/claim/curvature"
	"github.com/godescent/descent/claim/firstorder"
	"github.com/godescent/descent/claim/proximal"
	"github.com/godescent/descent/claim/quasinewton"
	"github.com/godescent/descent/claim/tuning"
)

var claims = []claim.Claim{
	firstorder.NesterovRate,
	quasinewton.LBFGSSuperlinear,
	proximal.FISTARestart,
	firstorder.AccelerationDynamics,
	firstorder.NormalizedLRGD,
	firstorder.LargeStepLoss,
	coordinate.LeastSquares,
	coordinate.Logistic,
	coordinate.Softmax,
	coordinate.Lattice,
	coordinate.TwoMoons,
	coordinate.NonNegative,
	adaptive.AdaBelief,
	adaptive.DiffGrad,
	adaptive.LionK,
	adaptive.Lion,
	adaptive.AdamP,
	adaptive.FRUGAL,
	adaptive.Sophia,
	adaptive.DCTAdamW,
	curvature.GNSNewton,
	curvature.MFAC,
	curvature.CoordinateClipping,
	curvature.BatchRates,
	firstorder.LastIterate,
	firstorder.OptimisticMD,
	firstorder.Useful,
	firstorder.TargetSurrogate,
	adaptive.TrAct,
	adaptive.ConAdv,
	firstorder.AdAdaGrad,
	firstorder.GradientNoise,
	tuning.RateFreeLogistic,
	tuning.RateFreeProfile,
}

// Claims returns the table.
func Claims() []claim.Claim { return append([]claim.Claim(nil), claims...) }

// IDs returns the IDs of the claims.
func IDs() []string {
	var ids []string
	for _, c := range claims {
		ids = append(ids, c.ID)
	}
	return ids
}

// Lookup finds a claim by its ID, whatever the case. The error of an unknown ID names
// the nearest ones.
func Lookup(id string) (claim.Claim, error) {
	for _, c := range claims {
		if strings.EqualFold(c.ID, id) {
			return c, nil
		}
	}
	return claim.Claim{}, fmt.Errorf("no claim %q%s; `descent claim list` lists them all", id, catalog.DidYouMean(id, IDs()))
}
