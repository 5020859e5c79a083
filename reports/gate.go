package reports

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/anton-payments/golive/checks"
)

// Gated is whether one bundle lets a build go to production.
type Gated struct {
	Bundle string `json:"bundle"`
	Passes bool   `json:"passes"`
	Reason string `json:"reason"` // why not; of one that passes, what it is
	Signer string `json:"signer,omitempty"`
	KeyID  string `json:"key_id,omitempty"`
	// Waived are the items that do not pass and count by a waiver.
	Waived []checks.Item `json:"waived,omitempty"`
	Until  time.Time     `json:"until,omitzero"` // when it expires

	digest string   // of its recording
	of     string   // the merchant
	rests  *Sandbox // of a cutover's: the sandbox certificate that it carries over
}

// Gates is Gate of several bundles, in their order. A cutover's bundle carries
// verdicts of the sandbox over: the sandbox's bundle has to be among those that
// pass, or to have been a good one by what the cutover saw of it.
func Gates(dirs []string, w Wanted, keys ...*Key) ([]Gated, error) {
	var all []Gated
	good := map[string]time.Time{}
	for _, dir := range dirs {
		g, err := Gate(dir, w, keys...)
		if err != nil {
			return nil, err
		}
		if n := slices.IndexFunc(all, func(o Gated) bool { return o.Passes && o.of != g.of }); g.Passes && n >= 0 {
			g.Passes, g.Reason = false, fmt.Sprintf("it is of the merchant %s, and %s is of %s; ask about one merchant at a time", g.of, all[n].Bundle, all[n].of)
		}
		if g.Passes {
			good[g.digest] = g.Until
		}
		all = append(all, g)
	}
	for i := range all {
		all[i].resting(good, w.Now, keys)
	}
	return all, nil
}

// Gate opens a bundle and says whether it is certified, signed with one of the
// keys, fresh, and of what is wanted, and whether the waivers that it rests on
// are Anton's and still valid. A bundle that does not stand does not pass; the
// error is a *Misuse or golive's own trouble.
func Gate(dir string, w Wanted, keys ...*Key) (Gated, error) {
	g := Gated{Bundle: dir}
	if len(keys) == 0 {
		return g, misuse("no key is trusted: name with --key the public key of whoever signs")
	}
	b, err := Open(dir, keys...)
	var unsound *Unsound
	if errors.As(err, &unsound) {
		g.Reason = unsound.Error()
		return g, nil
	}
	if err != nil {
		return g, err
	}
	r := b.Report
	g.Signer, g.KeyID, g.Until = b.Signer.Name, b.Signer.KeyID, r.At.Add(Fresh)
	if err := pass(r, w); err != nil {
		g.Reason = err.Error()
		return g, nil
	}
	if first, _ := standing(r, w.Antons, w.Now); !first.IsZero() && first.Before(g.Until) {
		g.Until = first
	}
	waived := ""
	g.Waived = r.Decision.Waived
	if n := len(g.Waived); n > 0 {
		waived = fmt.Sprintf(" with %s waived", plural(n, "item"))
	}
	g.Passes, g.digest, g.of = true, r.Recording.Digest, named(r.Subject.Merchant, r.Subject.ID)
	if r.Production != nil {
		g.rests = &r.Production.Sandbox
	}
	whose := g.of
	if w.Merchant == "" && w.ID == "" {
		whose += ", which no golive.yaml confirms"
	}
	g.Reason = fmt.Sprintf("%s for %s%s, build %s, signed by %s, of the merchant %s", r.Decision.Certificate, r.scope(), waived, r.Subject.App,
		(&Key{Name: g.Signer, ID: g.KeyID}).who(), whose)
	return g, nil
}

// pass is Accept, for a cutover's report too.
func pass(r *Report, w Wanted) error {
	if r.Production == nil {
		return Accept(r, w)
	}
	if r.Upstream != r.Production.Host {
		return fmt.Errorf("it is of a rehearsal at %s, not of %s; run golive cutover without --upstream", r.Upstream, r.Production.Host)
	}
	if r.Decision.Certificate != Certified {
		return fmt.Errorf("it is %s: %s; mend that and run golive cutover again", r.Decision.Certificate, r.Decision.Because)
	}
	for _, s := range []checks.Section{checks.Cutover, checks.Launch} {
		if !slices.Contains(r.Decision.Sections, s) {
			return fmt.Errorf("it does not certify the section %s; run golive cutover again", s)
		}
	}
	return good(r, w, "golive cutover")
}

// WriteGate tells the answers, a line each and then the word.
func WriteGate(out io.Writer, all []Gated, colored bool) error {
	p := newPage(out, colored)
	open := true
	for _, g := range all {
		sign, reason := p.good("✓"), g.Reason+", good until "+g.Until.Format(time.DateOnly)
		if !g.Passes {
			sign, reason, open = p.bad("✗"), g.Reason, false
		}
		p.wrap(sign+" "+p.bold(g.Bundle)+"  ", reason)
	}
	word := p.bold(p.good("YES")) + "  this build may go to production"
	if !open {
		word = p.bold(p.bad("NO")) + "   this build may not go to production"
	}
	p.line("%s", word)
	return p.out.Flush()
}
