package reports

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/anton-payments/golive/checks"
)

// Diff is the command golive diff.
type Diff struct {
	Before string `arg:"" help:"The earlier: a recording, the folder of a run or of a bundle, or a report.json."`
	After  string `arg:"" help:"The later."`
	JSON   bool   `help:"For machines."`
}

// Help tells the exit codes.
func (*Diff) Help() string {
	return "Ends with 0 when nothing got worse, 1 when an item, a check or the certificate did, 2 on misuse, 4 when one of the two cannot be trusted."
}

// Run writes what changed to standard output.
func (d *Diff) Run() error {
	before, err := Load(d.Before, Options{})
	if err != nil {
		return err
	}
	after, err := Load(d.After, Options{})
	if err != nil {
		return err
	}
	c := Compare(before, after)
	if d.JSON {
		err = encode(os.Stdout, c)
	} else {
		err = c.text(os.Stdout, Colored(os.Stdout))
	}
	if err == nil && c.Worse {
		return Exit(ExitNotCertified)
	}
	return err
}

// Changes are what differs between two reports.
type Changes struct {
	Before Side     `json:"before"`
	After  Side     `json:"after"`
	Notes  []string `json:"notes"` // why the two may not be alike
	Items  []Change `json:"items"`
	Checks []Change `json:"checks"`
	Worse  bool     `json:"worse"` // an item, a check or the certificate is
}

// Side is one of the two.
type Side struct {
	Run         string `json:"run"`
	App         string `json:"app"`
	At          string `json:"at"`
	Certificate string `json:"certificate"`
	Because     string `json:"because"`
}

// Change is an item or a check that differs. A check that one of the two did not
// judge has no outcome there.
type Change struct {
	ID     string         `json:"id"`
	Text   string         `json:"text"`
	Before checks.Outcome `json:"before"`
	After  checks.Outcome `json:"after"`
	Gone   []string       `json:"gone"` // departures that are no longer there
	New    []string       `json:"new"`  // departures that were not there before
}

// worse: judged in both, and the later outcome is the worse one.
func (c Change) worse() bool {
	return c.Before > checks.NotApplicable && c.After > c.Before
}

// Compare tells what changed from one report to a later one. Departures are the
// same when they read the same but for the names that each run makes up.
func Compare(before, after *Report) *Changes {
	c := &Changes{Before: side(before), After: side(after), Notes: append(unlike(before, after), rewaived(before, after)...), Items: []Change{}, Checks: []Change{}}
	for i, now := range after.Items {
		was := before.Items[i]
		if was.Outcome != now.Outcome {
			c.Items = append(c.Items, Change{ID: string(now.ID), Text: now.Text, Before: was.Outcome, After: now.Outcome, Gone: []string{}, New: []string{}})
		}
	}
	for _, id := range judgedIn(before, after) {
		if one := change(before, after, id); one.Before != one.After || len(one.Gone)+len(one.New) > 0 {
			c.Checks = append(c.Checks, one)
		}
	}
	c.Worse = after.Decision.outcome() > before.Decision.outcome() || slices.ContainsFunc(slices.Concat(c.Items, c.Checks), Change.worse)
	return c
}

func side(r *Report) Side {
	return Side{Run: r.Run, App: r.Subject.App, At: r.At.Format("2006-01-02 15:04:05") + " UTC", Certificate: r.Decision.Certificate, Because: r.Decision.Because}
}

// unlike tells why two reports may differ without the app having changed.
func unlike(a, b *Report) []string {
	notes := []string{}
	for _, of := range []struct{ what, before, after string }{
		{"merchant", a.Subject.Merchant, b.Subject.Merchant}, {"profile", a.Profile, b.Profile}, {"golive", a.Tool, b.Tool},
		{"upstream", a.Upstream, b.Upstream}, {"scope", a.scope(), b.scope()}, {"the run", a.Recording.Ended, b.Recording.Ended},
	} {
		if of.before != of.after {
			notes = append(notes, fmt.Sprintf("%s differs: %s, then %s", of.what, of.before, of.after))
		}
	}
	return notes
}

// judgedIn are the checks that either judged, in the later one's order.
func judgedIn(before, after *Report) []string {
	var ids []string
	for _, r := range []*Report{after, before} {
		for _, v := range r.Verdicts {
			if !slices.Contains(ids, v.Check) {
				ids = append(ids, v.Check)
			}
		}
	}
	return ids
}

func change(before, after *Report, id string) Change {
	c := Change{ID: id}
	var was, now []departure
	if v := before.verdict(id); v != nil {
		c.Text, c.Before, was = v.Title, v.Outcome, departures(before, v)
	}
	if v := after.verdict(id); v != nil {
		c.Text, c.After, now = v.Title, v.Outcome, departures(after, v)
	}
	c.Gone, c.New = without(was, now), without(now, was)
	return c
}

// departure is one of a check, as it is told and as it is compared.
type departure struct{ text, alike string }

// without are the texts of a list that another has nothing alike of.
func without(list, other []departure) []string {
	left := []string{}
	for _, d := range list {
		if !slices.ContainsFunc(other, func(o departure) bool { return o.alike == d.alike }) && !slices.Contains(left, d.text) {
			left = append(left, d.text)
		}
	}
	return left
}

var (
	evidenceName = regexp.MustCompile(`\b[xdhm][0-9]+\b`)
	// measured is what differs from run to run by itself: times, and how often a
	// habit showed.
	measured = regexp.MustCompile(`[0-9.]+ m?s\b| \([0-9]+ times\)`)
)

// departures are a check's, without the names that a run makes up: its own, and
// those of its evidence.
func departures(r *Report, v *Verdict) []departure {
	var all []departure
	operation := regexp.MustCompile(`\b` + regexp.QuoteMeta(r.Run) + `-[0-9]+`)
	for _, g := range v.grouped(false) {
		text := evidenceName.ReplaceAllString(g.Text, "an exchange")
		if r.Run != "" {
			text = operation.ReplaceAllString(text, "an operation")
		}
		all = append(all, departure{text, measured.ReplaceAllString(text, "")})
	}
	return all
}

func (c *Changes) text(w io.Writer, colored bool) error {
	p := newPage(w, colored)
	p.line("%s", p.bold("Going Live Checklist, what changed"))
	p.gap()
	for _, s := range []struct {
		name string
		Side
	}{{"before", c.Before}, {"after", c.After}} {
		p.row(s.name, strings.TrimSpace(fmt.Sprintf("%s, %s: %s, %s", s.Run, s.At, s.Certificate, s.Because)))
	}
	for _, n := range c.Notes {
		p.row("note", n)
	}
	p.changed("Items", c.Items)
	p.changed("Checks", c.Checks)
	p.gap()
	switch {
	case c.Worse:
		p.line("%s", p.bad("✗ something got worse"))
	case len(c.Items)+len(c.Checks) == 0:
		p.line("%s", p.good("✓ the same outcomes, the same findings"))
	default:
		p.line("%s", p.good("✓ nothing got worse"))
	}
	return p.out.Flush()
}

// mostBare is how many changes alike that nothing was found in are told one by
// one: a run that was narrowed leaves dozens.
const mostBare = 5

// turn is from which outcome to which.
type turn [2]checks.Outcome

func (c Change) turn() turn { return turn{c.Before, c.After} }

// bare: nothing was found before or after, it was judged only on one side.
func (c Change) bare() bool {
	return c.Before != checks.Fail && c.After != checks.Fail && len(c.Gone)+len(c.New) == 0
}

func (p *page) changed(title string, list []Change) {
	if len(list) == 0 {
		return
	}
	p.title(title)
	alike := map[turn][]string{}
	for _, c := range list {
		if c.bare() {
			alike[c.turn()] = append(alike[c.turn()], c.ID)
		}
	}
	for _, c := range list {
		lead := fmt.Sprintf("  %s → %s  ", p.sign(c.Before), p.sign(c.After))
		if ids := alike[c.turn()]; c.bare() && len(ids) > mostBare {
			if c.ID == ids[0] {
				p.wrap(lead+p.bold(pad(plural(len(ids), strings.ToLower(strings.TrimSuffix(title, "s"))), 26))+"  ", strings.Join(ids, ", "))
			}
			continue
		}
		p.wrap(lead+p.bold(pad(c.ID, 26))+"  ", c.Text)
		for _, text := range c.Gone {
			p.wrap("           "+p.good("gone")+"  ", text)
		}
		for _, text := range c.New {
			p.wrap("           "+p.bad("new")+"   ", text)
		}
	}
}
