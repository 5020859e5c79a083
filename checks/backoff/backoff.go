// Package backoff judges retry delays as statistics. It knows nothing of HTTP:
// it is given the delays of several operations and says whether they grow the
// way exponential backoff does, and whether they scatter the way jitter does,
// or that the samples do not decide. How often it is wrong stands in
// testdata/characteristics.txt, made by simulation and checked by a test.
package backoff

import (
	"fmt"
	"math"
	"slices"
)

// Series are the delays of one operation in order, in seconds.
type Series []float64

// Answer is what the samples say.
type Answer int

// Answers. The zero value decides nothing.
const (
	Undecided Answer = iota
	Yes
	No
)

func (a Answer) String() string { return [...]string{"undecided", "yes", "no"}[a] }

// Judgement is an answer with what it rests on.
type Judgement struct {
	Answer  Answer
	Model   string  // the model that fits best: "geometric growth", "linear growth", …
	Factor  float64 // its growth from one delay to the next; 0: not of that kind
	Low     float64 // 95 % interval of the factor between first and second delays
	High    float64
	Samples int     // delays
	Series  int     // operations
	Odds    float64 // log-likelihood ratio of the best right model to the nearest wrong one
}

func (j Judgement) String() string {
	return fmt.Sprintf("%s, factor %.1f (95 %%: %.1f to %.1f), %d delays of %d operations, log-odds %+.1f",
		j.Model, j.Factor, j.Low, j.High, j.Samples, j.Series, j.Odds)
}

// Thresholds on the log-likelihood ratio, chosen by simulation: a right strategy
// is all but never called wrong, a wrong one rarely right.
const (
	againstConstant = -4
	againstLinear   = -6
)

// infavor is what a right strategy's odds must reach. Fewer samples are asked
// more: the less is known, the more a wrong strategy can look right by chance.
func infavor(operations int) (constant, linear float64) {
	switch {
	case operations < 10:
		return 5, 4
	case operations < 16:
		return 4, 2.5
	}
	return 2, -3
}

// immediately is the delay below which an app did not wait at all, in seconds.
const immediately = 0.03

// Growth judges whether delays grow from attempt to attempt as exponential
// backoff does. It needs 4 series of 3 delays or more (INT-3).
func Growth(all []Series) Judgement {
	j := judgement(all)
	if enough(all, 3) < 4 {
		return j
	}
	if slices.Max(medians(all)) < immediately {
		j.Answer, j.Model, j.Factor = No, "no delay", 0
		return j
	}
	right, flat, line := growing(all), steady(all), straight(all)
	toFlat, toLine := right.likelihood-flat.likelihood, right.likelihood-line.likelihood
	overFlat, overLine := infavor(len(all))
	j.Odds, j.Model, j.Factor = min(toFlat, toLine), right.name, right.factor
	switch {
	case toFlat <= againstConstant && flat.likelihood >= line.likelihood:
		j.Answer, j.Model, j.Factor = No, flat.name, flat.factor
	case toLine <= againstLinear:
		j.Answer, j.Model, j.Factor = No, line.name, line.factor
	case toFlat >= overFlat && toLine >= overLine:
		j.Answer = Yes
	}
	if j.Factor == 0 {
		j.Factor = math.Sqrt(j.Low * j.High)
	}
	return j
}

// Jitter judges whether the same delay of several operations scatters by more
// than timers do. It needs 5 series of one delay or more.
func Jitter(all []Series) Judgement {
	j := judgement(all)
	if len(all) < 5 {
		return j
	}
	if slices.Max(medians(all)) < immediately {
		j.Answer, j.Model = No, "no delay"
		return j
	}
	j.Model = "scatter within timer noise"
	quietest := true
	for _, at := range byAttempt(all) {
		if len(at) < 4 {
			continue
		}
		middle := at[len(at)/2]
		spread := at[len(at)-1-strays] - at[0]
		if spread >= max(0.025, 0.06*middle) {
			j.Answer, j.Model = Yes, fmt.Sprintf("scatter of %.0f %% about %.2f s", 50*spread/middle, middle)
			return j
		}
		quietest = quietest && spread <= max(0.016, 0.025*middle)
	}
	if quietest && resolved(all) {
		j.Answer = No
	}
	return j
}

// resolved reports whether timer noise is small beside the longest delay, or the
// delays are none at all: only then does its absence prove that jitter is absent.
func resolved(all []Series) bool {
	m := medians(all)
	return slices.Max(m) >= 0.4 || slices.Max(m) < immediately || len(all) >= 10
}

func judgement(all []Series) Judgement {
	j := Judgement{Series: len(all)}
	for _, one := range all {
		j.Samples += len(one)
	}
	j.Low, j.High = interval(all)
	return j
}

// enough counts the series that have n delays.
func enough(all []Series, n int) int {
	found := 0
	for _, one := range all {
		if len(one) >= n {
			found++
		}
	}
	return found
}

// byAttempt are the delays before each attempt, sorted.
func byAttempt(all []Series) [][]float64 {
	at := make([][]float64, longest(all))
	for _, one := range all {
		for i, d := range one {
			at[i] = append(at[i], d)
		}
	}
	for _, d := range at {
		slices.Sort(d)
	}
	return at
}

func medians(all []Series) []float64 {
	m := []float64{0}
	for _, at := range byAttempt(all) {
		if len(at) > 0 {
			m = append(m, at[len(at)/2])
		}
	}
	return m
}
