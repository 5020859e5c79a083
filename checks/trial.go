package checks

import (
	"fmt"
	"slices"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// Referrer is a piece of evidence that a finding can name.
type Referrer interface{ Ref() string }

// Trial is the evidence before one check, and the verdict being built. The
// outcome only moves upwards: there is no way to take a word back.
type Trial struct {
	*Evidence
	verdict  *Verdict
	attest   *recording.Attestation
	unproven []string // Missingf while a person has attested
	seen     ledger[string]
	found    ledger[Departure]
}

// Saw notes that a piece of evidence bears on the check: at least pass.
func (t *Trial) Saw(r Referrer) {
	t.raise(Pass)
	ref, all := r.Ref(), t.verdict.Seen
	if !t.seen.lacks(r, ref, all) {
		return
	}
	if n := len(t.Exchanges); len(all) == cap(all) && len(all) > n/16 {
		all = slices.Grow(all, max(n-len(all), len(all))+1) // most likely it will be all of them
	}
	t.verdict.Seen = append(all, ref)
}

// ledger tells what was noted before. The zero value holds nothing.
type ledger[T comparable] struct {
	latest time.Time  // when the last exchange noted began
	known  map[T]bool // nil while all are exchanges in order
}

// lacks reports whether something about a piece of evidence is not among what
// was noted before. Most checks go through the exchanges in order: what is about
// one that began after all those is new, and needs no comparing.
func (l *ledger[T]) lacks(r Referrer, something T, before []T) bool {
	if x, ok := r.(*recording.Exchange); ok && l.known == nil && x.Start.After(l.latest) {
		l.latest = x.Start
		return true
	}
	if l.known == nil {
		l.known = map[T]bool{}
		for _, b := range before {
			l.known[b] = true
		}
	}
	was := l.known[something]
	l.known[something] = true
	return !was
}

// Missingf notes a situation that had to be seen and was not, and what to do so
// that it happens: at least inconclusive.
func (t *Trial) Missingf(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if t.attest != nil {
		t.unproven = append(t.unproven, text)
		return
	}
	t.raise(Inconclusive)
	if !slices.Contains(t.verdict.Missing, text) {
		t.verdict.Missing = append(t.verdict.Missing, text)
	}
}

// Failf notes a departure: fail, or advice where the row is a SHOULD or ADVICE.
// The text reads "<what was seen>, want <what was wanted>", in the app
// developer's terms, no capital, no full stop.
func (t *Trial) Failf(r Referrer, format string, args ...any) {
	if t.verdict.Check.Level != Must {
		t.Advisef(r, format, args...)
		return
	}
	t.raise(Fail)
	t.find(r, false, format, args...)
}

// Advisef notes a departure that leaves the outcome alone.
func (t *Trial) Advisef(r Referrer, format string, args ...any) {
	t.find(r, true, format, args...)
}

func (t *Trial) find(r Referrer, advice bool, format string, args ...any) {
	d := Departure{Ref: r.Ref(), Text: fmt.Sprintf(format, args...), Advice: advice}
	if t.found.lacks(r, d, t.verdict.Findings) {
		t.verdict.Findings = append(t.verdict.Findings, d)
	}
}

func (t *Trial) raise(o Outcome) { t.verdict.Outcome = max(t.verdict.Outcome, o) }

// attested takes a person's word for an attestable check.
func (t *Trial) attested() {
	if !t.verdict.Check.Attestable {
		return
	}
	for _, a := range t.stated(t.verdict.Check.ID) {
		t.attest = a
		t.Saw(a)
	}
}

// settle closes the verdict: a check that saw nothing is inconclusive, and says
// which of its exercises did not run.
func (t *Trial) settle() {
	c := t.verdict.Check
	if !c.OneNeed || !slices.ContainsFunc(c.Needs, t.Ran) {
		for _, x := range c.Needs {
			t.missingExercise(x)
		}
	}
	if t.verdict.Outcome == NotApplicable {
		t.Missingf("nothing was seen that bears on it")
	}
	t.disbelieved()
}

func (t *Trial) missingExercise(x recording.Exercise) {
	if t.Ran(x) {
		return
	}
	for _, m := range t.Marks {
		if m.Kind == recording.MarkSkipped && m.Exercise == x {
			t.Missingf("exercise %s was left out: %s; %s", x, m.Facts["reason"], m.Facts["do"])
			return
		}
	}
	t.Missingf("exercise %s was not run; run golive certify", x)
}
