package reports

import (
	"slices"
	"strings"

	"github.com/anton-payments/golive/checks"
)

var bases = []Basis{Observed, Inferred, Attested}

// basis is what a verdict rests on, by the evidence that it names.
func basis(v *checks.Verdict) []Basis {
	var found []Basis
	note := func(ref string) {
		b := basisOf(ref)
		if b == Observed && v.Check.Inferred {
			b = Inferred
		}
		if !slices.Contains(found, b) {
			found = append(found, b)
		}
	}
	for _, ref := range v.Seen {
		note(ref)
	}
	for _, d := range v.Findings {
		note(d.Ref)
	}
	return firmest(found)
}

// basisOf tells by a ref where evidence comes from. Marks are what the harness
// asked the app or noted of it, and files are searched.
func basisOf(ref string) Basis {
	ref = strings.TrimPrefix(ref, "sandbox:")
	switch {
	case strings.HasPrefix(ref, "m"):
		return Inferred
	case strings.IndexByte(ref, ':') < 0:
		return Observed
	case strings.HasPrefix(ref, "attest:"):
		return Attested
	}
	return Inferred
}

// firmest are the bases found, each once, the firmest first.
func firmest(found []Basis) []Basis {
	return slices.DeleteFunc(slices.Clone(bases), func(b Basis) bool { return !slices.Contains(found, b) })
}
