package reports

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/anton-payments/golive/checks"
)

// JUnit writes the report as CI servers read tests: a suite for each item asked
// for, a case for each of its checks. A check that could not be judged is
// skipped, with what is missing; so is one that does not apply, and one that does
// not pass in an item that is waived, with its departures as its output. The last
// suite is the decision: green there, and only there, means certified.
func JUnit(w io.Writer, r *Report) error {
	all := junit.Testsuites{Name: "Going Live Checklist"}
	for _, i := range r.Items {
		if s := suite(r, i); len(s.Testcases) > 0 {
			all.AddSuite(s)
		}
	}
	decision := junit.Testsuite{Name: "Certificate", Time: "0"}
	decision.SetTimestamp(r.At)
	decision.AddTestcase(decided(r))
	all.AddSuite(decision)
	for n := range all.Suites {
		all.Suites[n].ID = n
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	return all.WriteXML(w)
}

func suite(r *Report, i Item) junit.Testsuite {
	s := junit.Testsuite{Name: string(i.ID) + " " + i.Text, Package: string(i.Section), Time: "0"}
	s.SetTimestamp(r.At)
	for _, id := range i.Checks {
		if v := r.verdict(id); v != nil && r.told(i, v) {
			s.AddTestcase(testcase(r, i, v))
		}
	}
	if len(s.Testcases) == 0 && i.Asked && r.Narrowed == nil {
		s.AddTestcase(junit.Testcase{
			Name: "checks", Classname: string(i.ID), Time: "0", Skipped: &junit.Result{Message: "no check of this item is built yet"},
		})
	}
	return s
}

func testcase(r *Report, i Item, v *Verdict) junit.Testcase {
	c := junit.Testcase{Name: v.Check + ": " + v.Title, Classname: string(i.ID), Time: "0"}
	w := r.waived(i)
	switch {
	case w != nil && v.Outcome > checks.Pass:
		return waivedCase(r, v, w, c)
	case v.Outcome == checks.Fail:
		c.Failure = &junit.Result{Message: printable(v.first()), Type: v.Level, Data: printable(told(r, v, false))}
	case v.Outcome == checks.Inconclusive:
		c.Skipped = &junit.Result{Message: printable("inconclusive: " + strings.Join(v.Missing, "; "))}
	case v.Outcome == checks.NotApplicable:
		c.Skipped = &junit.Result{Message: printable("not applicable: " + v.Reason)}
	}
	if text := told(r, v, true); text != "" {
		c.SystemOut = &junit.Output{Data: printable(text)}
	}
	return c
}

// waivedCase is a check that does not pass, and need not: skipped, so that no CI
// server breaks the build over it, with all that there is to say as its output.
func waivedCase(r *Report, v *Verdict, w *Waiver, c junit.Testcase) junit.Testcase {
	why := v.first()
	if v.Outcome == checks.Inconclusive {
		why = "inconclusive: " + strings.Join(v.Missing, "; ")
	}
	c.Skipped = &junit.Result{Message: printable(w.words() + "; " + why)}
	c.SystemOut = &junit.Output{Data: printable(strings.Join(slices.DeleteFunc([]string{
		w.words(), w.By(), told(r, v, false), told(r, v, true),
	}, func(text string) bool { return text == "" }), "\n"))}
	return c
}

// first is the first departure of a check that fails, and how many more there are.
func (v *Verdict) first() string {
	all := v.grouped(false)
	if len(all) == 0 {
		return ""
	}
	if len(all) == 1 {
		return all[0].Text
	}
	return fmt.Sprintf("%s (and %d more)", all[0].Text, len(all)-1)
}

// told are a check's departures, or its advice, each with its evidence, and what
// to do about them; "" when there are none.
func told(r *Report, v *Verdict, advice bool) string {
	var b strings.Builder
	for _, g := range v.grouped(advice) {
		b.WriteString(g.Text + "\n")
		for _, ref := range g.Refs[:min(shown, len(g.Refs))] {
			fmt.Fprintf(&b, "  %s  %s\n", ref, r.description(ref))
		}
		if n := len(g.Refs) - shown; n > 0 {
			fmt.Fprintf(&b, "  and %d more like it\n", n)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	if advice {
		return "advice, leaves the outcome alone\n" + b.String() + "mend: " + v.Mend
	}
	return b.String() + "why: " + v.Why + "\nmend: " + v.Mend + "\nagain: " + v.Repeat
}

func decided(r *Report) junit.Testcase {
	c := junit.Testcase{Name: "certified for " + r.scope(), Classname: "certificate", Time: "0"}
	switch r.Decision.Certificate {
	case NotCertified:
		c.Failure = &junit.Result{Message: printable(r.Decision.Because), Type: NotCertified}
	case Incomplete:
		c.Skipped = &junit.Result{Message: printable("incomplete: " + r.Decision.Because)}
	}
	var out []string
	for _, item := range r.Decision.Waived {
		out = append(out, string(item)+" is "+r.Waived(item))
	}
	if out != nil {
		c.SystemOut = &junit.Output{Data: printable(strings.Join(out, "\n"))}
	}
	return c
}

// scope tells what was asked for: "integration, security".
func (r *Report) scope() string {
	if r.Narrowed != nil {
		return "narrowed"
	}
	return strings.Join(names(r.Decision.Sections), ", ")
}

// printable leaves out the characters that XML cannot hold.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if c == unicode.ReplacementChar || unicode.IsControl(c) && c != '\n' && c != '\t' || c == 0xFFFE || c == 0xFFFF {
			return '\ufffd'
		}
		return c
	}, text)
}
