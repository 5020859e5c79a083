package reports

import (
	"fmt"
	"io"
	"slices"

	"github.com/anton-payments/golive/checks"
)

// holding are the waivers that hold.
func (r *Report) holding() []Waiver {
	return slices.DeleteFunc(slices.Clone(r.Waivers), func(w Waiver) bool { return w.Refused != "" })
}

// refused are the waivers that do nothing.
func (r *Report) refused() []Waiver {
	return slices.DeleteFunc(slices.Clone(r.Waivers), func(w Waiver) bool { return w.Refused == "" })
}

// outcomeOf is an item's outcome; inconclusive where it is none of the report.
func (r *Report) outcomeOf(item checks.Item) checks.Outcome {
	for _, i := range r.Items {
		if i.ID == item {
			return i.Outcome
		}
	}
	return checks.Inconclusive
}

// aside is ", waived" behind an item that need not pass.
func (r *Report) aside(i Item) string {
	if r.waived(i) == nil {
		return ""
	}
	return ", waived"
}

// told is the waiver in a line: "waived until 2026-12-31 by …", and where its item
// passes, that it is not needed.
func (w Waiver) told(r *Report) string {
	if r.outcomeOf(w.Grant.Item) == checks.Pass {
		return w.words() + " (not needed: it passes)"
	}
	return w.words()
}

// subject is what a refused waiver is about: "w.json for INT-3".
func (w Waiver) subject() string {
	if w.Grant == nil {
		return w.File
	}
	return fmt.Sprintf("%s for %s", w.File, w.Grant.Item)
}

// waivers tells which items need not pass, by whose word, and which waivers do
// nothing, and why.
func (p *page) waivers(r *Report) {
	if len(r.Waivers) == 0 {
		return
	}
	p.title("Waivers")
	for _, w := range r.holding() {
		p.wrap("  "+p.sign(r.outcomeOf(w.Grant.Item))+" "+p.bold(pad(string(w.Grant.Item), 6))+"  ", w.told(r))
		for _, row := range rows(w.By(), columns-12) {
			p.line("            %s", p.faint(row))
		}
	}
	for _, w := range r.refused() {
		p.wrap("  "+p.bad("refused")+"   ", w.subject()+": "+w.Refused)
	}
}

// summaryWaivers tells the same in Markdown.
func summaryWaivers(b io.Writer, r *Report) {
	if len(r.Waivers) == 0 {
		return
	}
	fmt.Fprint(b, "\n**Waivers**\n\n")
	for _, w := range r.holding() {
		fmt.Fprintf(b, "- %s %s %s (%s)\n", marks[r.outcomeOf(w.Grant.Item)], w.Grant.Item, plain(w.told(r)), plain(w.By()))
	}
	for _, w := range r.refused() {
		fmt.Fprintf(b, "- refused: %s: %s\n", plain(w.subject()), plain(w.Refused))
	}
}

// rewaived tells which items are waived in only one of two reports.
func rewaived(before, after *Report) []string {
	var notes []string
	for _, l := range checks.Checklist {
		was, now := before.WaiverOf(l.Item), after.WaiverOf(l.Item)
		switch {
		case was == nil && now != nil:
			notes = append(notes, fmt.Sprintf("%s is %s", l.Item, now.words()))
		case was != nil && now == nil:
			notes = append(notes, fmt.Sprintf("%s is no longer waived", l.Item))
		}
	}
	return notes
}

// waivedCheck tells whether a finding of a check is waived: each item asked for
// that the check judges. The words are those of the first waiver.
func (r *Report) waivedCheck(v *Verdict) (words string, all bool) {
	for _, i := range r.Items {
		if !i.Asked || !slices.Contains(i.Checks, v.Check) {
			continue
		}
		w := r.waived(i)
		if w == nil {
			return "", false
		}
		if words == "" {
			words = string(i.ID) + " is " + w.words()
		}
	}
	return words, words != ""
}
