package reports

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
)

// Production is what a cutover's report rests on beside its recording.
type Production struct {
	Host    string  `json:"host"`                 // production's, by the profile; Report.Upstream is the one looked at
	Sandbox Sandbox `json:"sandbox_run,omitzero"` // the certificate that the sandbox's items are carried over from
}

// Sandbox is the certificate of a run in the sandbox, verified at the cutover.
type Sandbox struct {
	Run      string    `json:"run"`
	At       time.Time `json:"at"`
	Decision string    `json:"decision"`
	Digest   string    `json:"sha256"` // of its recording, hex
	Signer   string    `json:"signer,omitempty"`
	KeyID    string    `json:"key_id,omitempty"` // empty: nobody signed
	Known    bool      `json:"known"`            // signed with a key that was trusted at the cutover
	Waived   []string  `json:"waived,omitempty"` // items that did not pass there, and count as what they are here
}

func (s Sandbox) String() string {
	if s.Run == "" {
		return "no certificate"
	}
	signed := "signed by nobody"
	if s.KeyID != "" {
		signed = "signed by " + s.Signer + ", key " + short(s.KeyID)
	}
	if s.KeyID != "" && !s.Known {
		signed += ", whom nobody vouches for"
	}
	decided := s.Decision
	if len(s.Waived) > 0 {
		decided += " with " + strings.Join(s.Waived, ", ") + " waived"
	}
	return decided + ", run " + s.Run + " of " + s.At.Format(time.DateOnly) + ", " + signed
}

// Step is one of the path to production.
type Step struct {
	ID   string `json:"id"` // "PATH-1"
	Text string `json:"text"`
	Done bool   `json:"done"`
	Next string `json:"next,omitempty"` // what to do; of an undone step
}

func production(rec *recording.Recording) *Production {
	if rec.Open.Production == nil {
		return nil
	}
	p := &Production{Host: rec.Open.Production.Host}
	if c := rec.Certificate; c != nil {
		p.Sandbox = Sandbox{
			Run: c.Run, At: c.At.UTC(), Decision: c.Decision, Digest: c.Digest, Signer: c.Signer, KeyID: c.KeyID, Known: c.Known, Waived: c.Waived,
		}
	}
	return p
}

// pathOf is how far the merchant has come, PATH-1 to PATH-5 of the checklist. A
// narrowed report shows none.
func pathOf(rec *recording.Recording, r *Report) []Step {
	if r.Narrowed != nil {
		return nil
	}
	funds := r.verdict("live-funds")
	signed, call := r.certification(rec)
	steps := []Step{
		{"PATH-1", "Onboarding", rec.Certificate != nil || calledIn(rec), "get API keys from Anton and let the app make one call"},
		{"PATH-2", "Sandbox development", rec.Certificate != nil || r.through(checks.Integration, checks.Security), "mend what fails of integration and security, golive certify"},
		{"PATH-3", "Certification call", signed, call},
		{"PATH-4", "Fund account", funds != nil && funds.Outcome == checks.Pass, "wire funds to the production account, golive cutover"},
		{"PATH-5", "Move to production", r.through(checks.Cutover, checks.Launch), "mend what is open of cutover and launch, golive cutover"},
	}
	for i := range steps {
		if steps[i].Done {
			steps[i].Next = ""
		}
	}
	return steps
}

// certification reports whether Anton's staff has agreed, and what to do for it:
// at a cutover a known key has signed the certificate, before that each item of
// the sandbox is signed off.
func (r *Report) certification(rec *recording.Recording) (agreed bool, next string) {
	if r.Production != nil {
		return rec.Certificate != nil && rec.Certificate.Known,
			"have Anton's staff sign the certificate of the sandbox, and name their key with golive cutover --trust"
	}
	signed, all := 0, 0
	for _, i := range r.Items {
		if i.Section != checks.Integration && i.Section != checks.Security {
			continue
		}
		all++
		if r.signedOff(i.ID) != nil {
			signed++
		}
	}
	return signed == all && all > 0, fmt.Sprintf("have Anton's staff sign off the items on golive board, %d of %d so far", signed, all)
}

// calledIn reports whether Anton answered an authenticated call with 2xx.
func calledIn(rec *recording.Recording) bool {
	return slices.ContainsFunc(rec.Exchanges, func(x *recording.Exchange) bool {
		return x.Status()/100 == 2 && x.Fault == nil && len(x.Request.Header["Authorization"]) > 0
	})
}

// through reports whether every item of the sections passes or is waived.
func (r *Report) through(sections ...checks.Section) bool {
	return len(r.Items) > 0 && !slices.ContainsFunc(r.Items, func(i Item) bool {
		return slices.Contains(sections, i.Section) && !r.passes(i)
	})
}

// progress is the path to production in one line, and what is next.
func (p *page) progress(r *Report) {
	if len(r.Path) == 0 {
		return
	}
	p.title("Path to production")
	var line []string
	next := ""
	for _, s := range r.Path {
		sign := p.faint("·")
		if s.Done {
			sign = p.good("✓")
		} else if next == "" {
			sign, next = p.open("→"), s.Text+": "+s.Next
		}
		line = append(line, sign+"\u00a0"+strings.ReplaceAll(s.Text, " ", "\u00a0"))
	}
	p.wrap("  ", strings.Join(line, "  "))
	p.row("next", next)
}
