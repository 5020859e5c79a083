package backoff

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// interval is the 95 % interval of the growth from each delay to the next, from
// the logarithms of their ratios (Student's t).
func interval(all []Series) (low, high float64) {
	var ratios []float64
	for _, one := range all {
		for i := 1; i < len(one); i++ {
			if one[i] > 0 && one[i-1] > 0 {
				ratios = append(ratios, math.Log(one[i]/one[i-1]))
			}
		}
	}
	if len(ratios) < 3 {
		return 0, math.Inf(1)
	}
	mean, dev := stat.MeanStdDev(ratios, nil)
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(len(ratios) - 1)}.Quantile(0.975)
	half := t * stat.StdErr(dev, float64(len(ratios)))
	return math.Exp(mean - half), math.Exp(mean + half)
}
