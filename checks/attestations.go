package checks

import (
	"fmt"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// freshDays is how old a person's word may be, in days before the run.
const freshDays = 365

// Refuse tells why a person's word does not count in a run that began then: it
// is about a check that goes by what is seen, or about none, it is stale, or of
// a day that was still to come anywhere on earth. "": it counts. A date that
// nobody can read is left to the check.
func Refuse(a *recording.Attestation, began time.Time) string {
	c := ByID(a.Check)
	switch {
	case c == nil:
		return fmt.Sprintf("there is no check %q; golive checks lists them", a.Check)
	case !c.Attestable:
		return "this check goes by what is seen, and nobody's word counts for it; take the attestation out of golive.yaml"
	}
	day, err := time.Parse(time.DateOnly, a.Date)
	if err != nil || began.IsZero() {
		return ""
	}
	today := began.UTC().Truncate(24 * time.Hour)
	switch days := int(today.Sub(day).Hours() / 24); {
	case days > freshDays:
		return fmt.Sprintf("dated %s, %d days before the run, want %d at most; have it stated anew", a.Date, days, freshDays)
	case days < -1:
		return fmt.Sprintf("dated %s, after the run of %s; set the date on which it was stated", a.Date, today.Format(time.DateOnly))
	}
	return ""
}

// stated are the attestations of a check that count.
func (e *Evidence) stated(check string) (found []*recording.Attestation) {
	for _, a := range e.Attestations {
		if a.Check == check && Refuse(a, e.Open.At) == "" {
			found = append(found, a)
		}
	}
	return found
}

// disbelieved adds to what is missing why a person's word for the check did not
// count. It moves no outcome.
func (t *Trial) disbelieved() {
	if t.verdict.Outcome != Inconclusive {
		return
	}
	for _, a := range t.Attestations {
		if a.Check != t.verdict.Check.ID {
			continue
		}
		if why := Refuse(a, t.Open.At); why != "" {
			t.Missingf("the attestation by %s does not count: %s", a.By, why)
		}
	}
}
