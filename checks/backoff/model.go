package backoff

import (
	"math"
	"slices"
)

// A model is a way to wait between attempts: a shape of growth, and how a delay
// scatters about it. The parameters that fit best are found for each model, and
// the likelihoods of the best right and the best wrong one are compared.

// fit is a model with its best parameters.
type fit struct {
	name       string
	factor     float64 // growth from one delay to the next; 1: none; 0: not of that kind
	likelihood float64 // logarithm
}

// noise is the timer noise that every measured delay may carry, in seconds: a
// spread below it proves nothing. From the proxy's own measurements.
const noise = 0.015

// floor keeps a spread from being more telling than clocks are.
const floor = 0.004

// strays is how many delays may lie far above the rest without deciding
// anything: a name server that dropped a packet, a collection of garbage.
const strays = 1

// surprise is the log-density given up for a stray.
const surprise = -9.0

// shape gives the relative size of the delay before attempt i+1.
type shape func(i int) float64

func constant(int) float64 { return 1 }

func linear(step float64) shape { return func(i int) float64 { return 1 + step*float64(i) } }

// geometric grows by a factor until a cap, which is reached after two growing
// delays at the earliest: the second delay is always the larger.
func geometric(factor float64, capped int) shape {
	return func(i int) float64 {
		if capped > 0 {
			i = min(i, capped)
		}
		return math.Pow(factor, float64(i))
	}
}

// scaled is the likelihood of delays that lie uniformly between two multiples of
// their shape, as without jitter, with ±p, equal or full jitter; the multiples
// are those that fit best.
func scaled(all []Series, s shape) float64 {
	var scale float64
	var relative []float64
	for _, one := range all {
		for i, d := range one {
			m := s(i)
			relative = append(relative, d/m)
			scale -= math.Log(m)
		}
	}
	slices.Sort(relative)
	return scale + uniform(relative, floor/s(1))
}

// shifted looks for the size of the shape that leaves the narrowest
// addition. The addition is never negative, and the shape's own growth is at
// least the given share of it: otherwise nothing would be seen to grow.
func shifted(all []Series, s shape, share float64) float64 {
	top := math.Inf(1) // the shape is no larger than what any delay allows
	for _, one := range all {
		for i, d := range one {
			top = min(top, d/s(i))
		}
	}
	best := math.Inf(-1)
	rest := make([]float64, 0, 64)
	for k := 0; k <= 24; k++ {
		size := top * float64(k) / 24
		rest = rest[:0]
		for _, one := range all {
			for i, d := range one {
				rest = append(rest, d-size*s(i))
			}
		}
		slices.Sort(rest)
		if size*(s(longest(all)-1)-s(0)) < share*(rest[len(rest)-1]-rest[0]) {
			continue
		}
		best = max(best, uniform(rest, floor))
	}
	return best
}

// uniform is the log-likelihood of sorted values under the uniform density that
// fits them best, a few strays at the upper end left out at a price.
func uniform(sorted []float64, least float64) float64 {
	best := math.Inf(-1)
	for out := 0; out <= strays && out < len(sorted)-2; out++ {
		n := len(sorted) - out
		width := max(sorted[n-1]-sorted[0], least)
		best = max(best, -float64(n)*math.Log(width)+surprise*float64(out))
	}
	return best
}

// decorrelated is the likelihood of delays drawn between a base and three times
// the delay before, the base being the smallest seen, under a cap or none.
func decorrelated(all []Series) float64 {
	base, highest := math.Inf(1), 0.0
	for _, one := range all {
		for _, d := range one {
			base, highest = min(base, d), max(highest, d)
		}
	}
	free := decorrelatedUnder(all, base, math.Inf(1))
	if highest < 4*base { // no room to grow below such a cap: constant delays
		return free
	}
	return max(free, decorrelatedUnder(all, base, highest))
}

func decorrelatedUnder(all []Series, base, limit float64) float64 {
	sum := 0.0
	for _, one := range all {
		before := base
		for _, d := range one {
			high := min(3*before, limit)
			if d > high+noise {
				sum += surprise
			} else {
				sum -= math.Log(max(high-base, floor))
			}
			before = d
		}
	}
	return sum
}

// growing are the right models' fits, the best of each kind.
func growing(all []Series) fit {
	best := fit{name: "decorrelated jitter", likelihood: decorrelated(all)}
	for _, capped := range []int{0, 1, 2, 3} {
		if capped >= longest(all)-1 && capped > 0 {
			continue
		}
		for f := 1.45; f <= 4.01; f += 0.05 {
			g := geometric(f, capped)
			l := max(scaled(all, g), shifted(all, g, 0.6))
			if capped > 0 {
				l -= 1 // one more parameter
			}
			if l > best.likelihood {
				best = fit{name: "geometric growth", factor: f, likelihood: l}
			}
		}
	}
	return best
}

// steady is the fit of delays that stay the same.
func steady(all []Series) fit {
	return fit{name: "constant delays", factor: 1, likelihood: scaled(all, constant)}
}

// straight is the fit of delays that grow by the same amount each time.
func straight(all []Series) fit {
	best := fit{name: "linear growth", likelihood: math.Inf(-1)}
	for step := 0.8; step <= 1.51; step += 0.1 {
		best.likelihood = max(best.likelihood, scaled(all, linear(step)), shifted(all, linear(step), 0.6))
	}
	return best
}

func longest(all []Series) int {
	n := 0
	for _, one := range all {
		n = max(n, len(one))
	}
	return n
}
