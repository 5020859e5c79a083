package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/anton-payments/golive/checks"
)

// failures tell each failed check under its item: the findings with the
// exchanges that show them, why it costs money, how to mend it, how to repeat it.
func (p *page) failures(r *Report) {
	begun := false
	r.eachItem(checks.Fail, func(i Item, list []*Verdict) {
		if !begun {
			p.title("What fails")
			begun = true
		}
		p.gap()
		p.line("  %s %s  %s", p.sign(checks.Fail), p.bold(string(i.ID)), p.bold(i.Text)+r.aside(i))
		for _, v := range list {
			p.failure(r, v)
		}
	})
}

func (p *page) failure(r *Report, v *Verdict) {
	p.gap()
	p.line("    %s  %s", p.bold(v.Check), v.Title)
	p.gap()
	p.findings(r, v, false)
	p.gap()
	p.reason("why", v.Why)
	p.reason("mend", v.Mend)
	p.reason("again", v.Repeat)
}

func (p *page) reason(name, text string) {
	if text != "" {
		p.wrap("      "+p.faint(pad(name, 6))+" ", text)
	}
}

// findings writes a check's departures, or its advice: each text once, and under
// it the evidence that shows it, the first few of each.
func (p *page) findings(r *Report, v *Verdict, advice bool) {
	groups := v.grouped(advice)
	for n, g := range groups {
		if n == shown {
			p.line("      %s", p.faint(fmt.Sprintf("and %d more; --json tells all", len(groups)-shown)))
			return
		}
		p.wrap("      ", g.Text)
		p.shows(r, g.Refs)
	}
}

// group is one departure, with everything that shows it.
type group struct {
	Text string
	Refs []string
}

// grouped are a check's departures, or its advice, each text once.
func (v *Verdict) grouped(advice bool) []group {
	var all []group
	for _, f := range v.Findings {
		if f.Advice != advice {
			continue
		}
		at := slices.IndexFunc(all, func(g group) bool { return g.Text == f.Text })
		if at < 0 {
			all, at = append(all, group{Text: f.Text}), len(all)
		}
		all[at].Refs = append(all[at].Refs, f.Ref)
	}
	return all
}

// shows writes refs with what they stand for.
func (p *page) shows(r *Report, refs []string) {
	indent := 3
	for _, ref := range refs[:min(shown, len(refs))] {
		indent = max(indent, width(ref))
	}
	for n, ref := range refs {
		if n == shown {
			p.line("        %s", p.faint(fmt.Sprintf("and %d more like it", len(refs)-shown)))
			return
		}
		lead := "        " + p.id(pad(ref, indent)) + "  "
		for _, row := range rows(r.description(ref), columns-width(lead)) {
			p.line("%s%s", lead, p.faint(row))
			lead = strings.Repeat(" ", width(lead))
		}
	}
}

// undecided tells what was not seen and what to do so that it happens; checks
// that lack the same are told together.
func (p *page) undecided(r *Report) {
	begun := false
	r.eachItem(checks.Inconclusive, func(i Item, list []*Verdict) {
		groups, order := p.lacking(r, list)
		if len(order) == 0 {
			return
		}
		if !begun {
			p.title("What could not be judged")
			begun = true
		}
		p.gap()
		p.line("  %s %s  %s", p.sign(checks.Inconclusive), p.bold(string(i.ID)), p.bold(i.Text)+r.aside(i))
		for _, missing := range order {
			p.wrap("    ", strings.Join(groups[missing], ", "))
			for _, text := range strings.Split(missing, "\n") {
				p.wrap("      ", text)
			}
		}
	})
	p.unbuilt(r)
}

// lacking groups checks by what they lack, in order of appearance. Checks to
// come and those told under a cause are left out.
func (p *page) lacking(r *Report, list []*Verdict) (map[string][]string, []string) {
	groups, order := map[string][]string{}, []string(nil)
	for _, v := range list {
		if v.ToCome || r.caused(v.Check) {
			continue
		}
		missing := strings.Join(v.Missing, "\n")
		if groups[missing] == nil {
			order = append(order, missing)
		}
		groups[missing] = append(groups[missing], p.bold(v.Check))
	}
	return groups, order
}

// unbuilt names the items asked for whose checks are not all built.
func (p *page) unbuilt(r *Report) {
	begun := false
	for _, i := range r.Items {
		if !i.Asked || !i.ToCome || r.Narrowed != nil {
			continue
		}
		if !begun {
			p.title("Checks still to come")
			begun = true
		}
		var names []string
		for _, id := range i.Checks {
			if v := r.verdict(id); v != nil && v.ToCome {
				names = append(names, id)
			}
		}
		if len(names) == 0 {
			names = []string{"all of them"}
		}
		p.row(string(i.ID), strings.Join(names, ", "))
	}
}

// advice tells the departures that leave the outcome alone.
func (p *page) advice(r *Report) {
	begun := false
	for i := range r.Verdicts {
		v := &r.Verdicts[i]
		if !r.inScope(v) || !slices.ContainsFunc(v.Findings, func(f Finding) bool { return f.Advice }) {
			continue
		}
		if !begun {
			p.title("Advice")
			begun = true
		}
		p.gap()
		p.line("    %s  %s", p.bold(v.Check), v.Title)
		p.findings(r, v, true)
		p.reason("mend", v.Mend)
	}
}

// attested tells what rests on a named person's word.
func (p *page) attested(r *Report) {
	if len(r.Stated) == 0 {
		return
	}
	p.title("Attested")
	for _, a := range r.Stated {
		text := fmt.Sprintf("%s; %s, %s", a.Statement, a.By, a.Date)
		if a.Evidence != "" {
			text += ", " + a.Evidence
		}
		p.wrap("  "+p.id(strings.TrimPrefix(a.Ref, "attest:"))+"  ", text)
		if a.Refused != "" {
			p.wrap("    "+p.bad("refused")+"  ", a.Refused)
		}
	}
}

func (p *page) notes(r *Report) {
	if len(r.Notes) == 0 {
		return
	}
	p.title("Notes")
	for _, n := range r.Notes {
		p.wrap("  - ", n)
	}
}

// eachItem walks the items asked for that have checks of that outcome. A check
// of several items is told under the first.
func (r *Report) eachItem(o checks.Outcome, tell func(Item, []*Verdict)) {
	told := map[string]bool{}
	for _, i := range r.Items {
		var list []*Verdict
		for _, id := range i.Checks {
			v := r.verdict(id)
			if v == nil || v.Outcome != o || told[id] || !r.told(i, v) {
				continue
			}
			told[id] = true
			list = append(list, v)
		}
		if len(list) > 0 {
			tell(i, list)
		}
	}
}

// told: the verdict belongs on the page under this item.
func (r *Report) told(i Item, v *Verdict) bool {
	if r.Narrowed != nil {
		return r.inScope(v)
	}
	return i.Asked
}

// caused: the check stands under a cause already.
func (r *Report) caused(check string) bool {
	return slices.ContainsFunc(r.Causes, func(c Cause) bool { return slices.Contains(c.Blocks, check) })
}
