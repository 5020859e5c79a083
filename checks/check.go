// Package checks judges a recording. A check is a value; what it says depends
// on the evidence alone, so anyone can judge a recording again and get the same
// words. No network, no clock, no file system in this room.
package checks

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

// Level says how binding the checklist's row is.
type Level int

// Levels. A departure from a Must fails; from the others it is advice.
const (
	Must Level = iota
	Should
	Advice
)

func (l Level) String() string { return [...]string{"MUST", "SHOULD", "ADVICE"}[l] }

// Outcome of a check or an item, ordered from good to bad. The zero value,
// NotApplicable, is no outcome: the profile or the configuration excludes the check.
type Outcome int

// Outcomes.
const (
	NotApplicable Outcome = iota
	Pass
	Inconclusive
	Fail
)

func (o Outcome) String() string {
	return [...]string{"not applicable", "pass", "inconclusive", "fail"}[o]
}

// MarshalText writes the outcome's word.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads the outcome's word.
func (o *Outcome) UnmarshalText(b []byte) error {
	for i := NotApplicable; i <= Fail; i++ {
		if i.String() == string(b) {
			*o = i
			return nil
		}
	}
	return fmt.Errorf("outcome %q is unknown", b)
}

// Check is one judgement of the checklist.
type Check struct {
	ID    string // kebab-case noun phrase; never renamed, never reused
	Title string // what conforms, in one line; no capital, no full stop
	Doc   string // why it costs money; "Looked at: …"; "Mend: …"
	Items []Item // the lines of the checklist that it judges
	Needs []recording.Exercise
	// OneNeed: any one of Needs is enough for a verdict.
	OneNeed bool
	Level   Level
	// Attestable: a named person's word counts as seen (golive.yaml, attestations).
	Attestable bool
	// Inferred: what is seen does not show it by itself; statistics conclude it.
	Inferred bool
	// Live: looks at production, so it judges what golive cutover and golive watch
	// recorded. All others judge a run of the app.
	Live bool
	// Unless tells why the check does not apply to this evidence; "" when it does.
	Unless func(*Evidence) string
	// Run looks at the evidence and says what it saw. nil: the check is still to
	// come, and its verdict is inconclusive.
	Run func(*Trial)
}

// Verdict is what became of one check.
type Verdict struct {
	Check    *Check
	Outcome  Outcome
	Reason   string   // why it does not apply
	Seen     []string // refs of the evidence that bears on it
	Missing  []string // situations that had to be seen and were not, and what to do
	Findings []Departure
}

// Departure is one finding: where, what was seen, what was wanted.
type Departure struct {
	Ref    string
	Text   string // "retried after 0.8 s, want 2 s or more"
	Advice bool   // leaves the outcome alone
}

var all []*Check

// add puts a check into the checklist; it is called where the check is declared.
func add(c *Check) *Check {
	all = append(all, c)
	return c
}

// All are the checks in the checklist's order of families, then of ids.
func All() []*Check {
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b *Check) int {
		if n := first(a) - first(b); n != 0 {
			return n
		}
		return strings.Compare(a.ID, b.ID)
	})
	return sorted
}

// ByID finds a check; nil when there is none.
func ByID(id string) *Check {
	for _, c := range all {
		if c.ID == id {
			return c
		}
	}
	return nil
}

func first(c *Check) int { return itemIndex(c.Items[0]) }

// Evidence is a recording and the profile it speaks, with what several checks
// look for in it found once.
type Evidence struct {
	*recording.Recording
	Profile    *anton.Profile
	operations []*recording.Operation
	turns      []*recording.Mark     // kills, and second pays
	asked      []*recording.Exchange // the app's calls; those to a trap certificate bear on tls-* alone
	routes     map[*recording.Exchange]string
	calls      map[string][]*recording.Exchange    // by route
	attempts   map[[2]string][]*recording.Exchange // by operation and route
	mutations  []*recording.Exchange
	requested  func() requested          // what the bodies of requests say, read once
	issued     func() map[string]*issued // the ids that Anton gave out, found once
}

// EvidenceOf reads a recording as evidence.
// The error is an unknown profile's.
func EvidenceOf(rec *recording.Recording) (*Evidence, error) {
	p, err := anton.ByName(rec.Open.Profile)
	if err != nil {
		return nil, err
	}
	e := &Evidence{
		Recording: rec, Profile: p, operations: rec.Operations(),
		routes: make(map[*recording.Exchange]string, len(rec.Exchanges)), calls: map[string][]*recording.Exchange{},
		attempts: map[[2]string][]*recording.Exchange{},
	}
	e.sortCalls()
	for _, m := range e.Marks {
		if m.Kind == recording.MarkKilled || m.Kind == recording.MarkAgain {
			e.turns = append(e.turns, m)
		}
	}
	e.requested = sync.OnceValue(e.readRequests)
	e.issued = sync.OnceValue(e.findIssued)
	return e, nil
}

// Judge runs one check. A panic in the check is the harness's own trouble.
func Judge(c *Check, e *Evidence) (v *Verdict, err error) {
	defer func() {
		if p := recover(); p != nil {
			v, err = nil, fmt.Errorf("check %s: %v", c.ID, p)
		}
	}()
	v = &Verdict{Check: c}
	if c.Unless != nil {
		if v.Reason = c.Unless(e); v.Reason != "" {
			return v, nil
		}
	}
	t := &Trial{Evidence: e, verdict: v}
	t.attested()
	switch {
	case c.Run == nil:
		t.Missingf("this check is still to come")
	case c.Live && e.Open.Production == nil:
		t.Missingf("production was not looked at; run golive cutover")
	case !c.Live && e.Certificate != nil:
		t.carry()
		return v, nil
	default:
		c.Run(t)
	}
	t.settle()
	return v, nil
}

// JudgeAll runs the checks in the order given.
func JudgeAll(list []*Check, e *Evidence) ([]*Verdict, error) {
	var verdicts []*Verdict
	for _, c := range list {
		v, err := Judge(c, e)
		if err != nil {
			return nil, err
		}
		verdicts = append(verdicts, v)
	}
	return verdicts, nil
}
