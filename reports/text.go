package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
)

// shown is how many findings of one check the text tells; JSON has them all.
const shown = 5

// Text writes the report for a person: what was run, the checklist, what fails
// and how to mend it, what could not be judged and what to do, the decision.
// Lines are at most 100 columns wide where words allow.
func Text(w io.Writer, r *Report, colored bool) error {
	p := newPage(w, colored)
	p.head(r)
	p.causes(r)
	if r.Narrowed == nil {
		p.checklist(r)
	} else {
		p.narrowed(r)
	}
	p.failures(r)
	p.undecided(r)
	p.advice(r)
	p.attested(r)
	p.signed(r)
	p.waivers(r)
	p.notes(r)
	p.unasked(r)
	p.progress(r)
	p.decision(r)
	return p.out.Flush()
}

func (p *page) head(r *Report) {
	p.line("%s", p.bold("Going Live Checklist, Anton Payments"))
	p.gap()
	p.about(r)
}

// about tells who and what the report is about, and what was judged.
func (p *page) about(r *Report) {
	merchant := r.Subject.Merchant
	if r.Subject.ID != "" {
		merchant = strings.TrimSpace(merchant + " (" + r.Subject.ID + ")")
	}
	p.row("merchant", merchant)
	p.row("app", r.Subject.App)
	p.row("run", r.Run+", "+r.At.Format("2006-01-02 15:04:05")+" UTC")
	p.anton(r)
	p.row("recording", plural(r.Recording.Exchanges, "exchange")+", "+deliveries(r.Recording.Deliveries))
	p.row("sha256", r.Recording.Digest)
}

// anton tells which Anton it was, and how it was reached.
func (p *page) anton(r *Report) {
	if r.Production != nil {
		p.row("production", fmt.Sprintf("%s, profile %s, read-only", r.Upstream, r.Profile))
		p.row("sandbox", r.Production.Sandbox.String())
		return
	}
	anton := r.Upstream
	if anton == "embedded" {
		anton = "embedded sandbox"
	}
	route := map[string]string{"base_url": "base URL", recording.RouteHAR: "a HAR file"}[r.Route]
	if route == "" {
		route = r.Route
	}
	p.row("anton", fmt.Sprintf("%s, profile %s, reached by %s", anton, r.Profile, route))
}

func deliveries(n int) string { return fmt.Sprintf("%d %s", n, verb(n, "delivery", "deliveries")) }

// causes stand before everything else: each keeps many checks from being judged.
func (p *page) causes(r *Report) {
	if len(r.Causes) == 0 {
		return
	}
	p.title("First of all")
	for _, c := range r.Causes {
		p.gap()
		p.wrap("  "+p.bad("!")+" ", c.Text)
		p.wrap("    "+p.faint("do     "), c.Do)
		if len(c.Blocks) > 0 {
			p.wrap("    "+p.faint("blocks "), plural(len(c.Blocks), "check")+": "+strings.Join(c.Blocks, ", "))
		}
	}
}

// checklist is a line for each item asked for, under its section.
func (p *page) checklist(r *Report) {
	for _, s := range r.Decision.Sections {
		p.title(strings.ToUpper(string(s[:1])) + string(s[1:]))
		for _, i := range r.Items {
			if i.Asked && i.Section == s {
				p.item(r, i)
			}
		}
	}
}

func (p *page) item(r *Report, i Item) {
	p.line("  %s %s  %s  %s  %s", p.sign(i.Outcome), p.bold(pad(string(i.ID), 6)), pad(i.Text, 52),
		p.tint(i.Outcome, pad(i.Outcome.String(), 12)), p.faint(share(r, i)))
}

// share tells how many of an item's checks made its outcome, or that it is waived.
func share(r *Report, i Item) string {
	same, applicable, toCome := 0, 0, len(i.Checks) == 0
	for _, id := range i.Checks {
		v := r.verdict(id)
		if v == nil || v.Outcome == checks.NotApplicable {
			continue
		}
		applicable++
		if v.Outcome == i.Outcome {
			same++
			toCome = toCome || v.ToCome
		}
	}
	switch {
	case r.waived(i) != nil:
		return "waived"
	case toCome && i.Outcome == checks.Inconclusive:
		return "to come"
	case i.Outcome == checks.Pass:
		return plural(applicable, "check")
	}
	return fmt.Sprintf("%d of %s", same, plural(applicable, "check"))
}

// narrowed is a line for each check in the scope of a narrowed run.
func (p *page) narrowed(r *Report) {
	what := "checks"
	if len(r.Narrowed.Exercises) > 0 {
		what = "exercises " + strings.ReplaceAll(join(r.Narrowed.Exercises), ",", ", ")
	}
	p.title("Narrowed to " + what)
	for i := range r.Verdicts {
		v := &r.Verdicts[i]
		if !r.inScope(v) {
			continue
		}
		p.line("  %s %s  %s", p.sign(v.Outcome), p.bold(pad(v.Check, 26)), v.Title)
	}
}

// unasked are the items that do not count for this certificate, in short.
func (p *page) unasked(r *Report) {
	if r.Narrowed != nil {
		return
	}
	rows := map[checks.Section][]string{}
	for _, i := range r.Items {
		if !i.Asked {
			rows[i.Section] = append(rows[i.Section], sign(i.Outcome)+"\u00a0"+string(i.ID))
		}
	}
	if len(rows) == 0 {
		return
	}
	p.title("Not asked for")
	for _, s := range checks.Sections {
		p.row(string(s), strings.Join(rows[s], "  "))
	}
}

func (p *page) decision(r *Report) {
	o := map[string]checks.Outcome{Certified: checks.Pass, NotCertified: checks.Fail, Incomplete: checks.Inconclusive}[r.Decision.Certificate]
	word := p.tint(o, strings.ToUpper(r.Decision.Certificate))
	var sections []string
	for _, s := range r.Decision.Sections {
		sections = append(sections, string(s))
	}
	scope := strings.Join(sections, ", ")
	if r.Narrowed != nil {
		scope = "narrowed"
	}
	p.gap()
	p.wrap(p.sign(o)+" "+p.bold(word)+"  ", scope+": "+r.Decision.Because)
}
