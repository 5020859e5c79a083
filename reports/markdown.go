package reports

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/anton-payments/golive/checks"
)

// marks show an outcome where Markdown is read; the word stands beside each.
var marks = map[checks.Outcome]string{checks.Pass: "✅", checks.Fail: "❌", checks.Inconclusive: "⚪", checks.NotApplicable: "–"}

// Summary writes the report in Markdown, for a pull request or the summary of a
// CI step: the decision first, the items in a table, what fails folded open.
func Summary(w io.Writer, r *Report) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "## %s Going Live Checklist: %s\n\n", marks[r.Decision.outcome()], r.Decision.Certificate)
	fmt.Fprintf(b, "%s: %s\n\n", plain(r.scope()), plain(r.Decision.Because))
	fmt.Fprintf(b, "%s, run %s of %s UTC, profile %s, %s, %s\n", plain(strings.TrimSpace(r.Subject.Merchant+" "+r.Subject.App)),
		plain(r.Run), r.At.Format("2006-01-02 15:04"), plain(r.Profile), plural(r.Recording.Exchanges, "exchange"), deliveries(r.Recording.Deliveries))
	for _, c := range r.Causes {
		fmt.Fprintf(b, "\n> **First of all:** %s\n>\n> Do: %s\n>\n> Blocks %s: %s\n", plain(c.Text), plain(c.Do),
			plural(len(c.Blocks), "check"), strings.Join(c.Blocks, ", "))
	}
	summaryTable(b, r)
	r.eachItem(checks.Fail, func(i Item, list []*Verdict) {
		fmt.Fprintf(b, "\n### %s %s %s%s\n", marks[checks.Fail], i.ID, plain(i.Text), r.aside(i))
		for _, v := range list {
			summaryFailure(b, r, v)
		}
	})
	summaryLacks(b, r)
	summarySigned(b, r)
	summaryWaivers(b, r)
	summaryNotes(b, r)
	fmt.Fprintf(b, "\nRecording sha256 `%s`\n", r.Recording.Digest)
	return b.Flush()
}

// outcome is the certificate as an outcome, to show it alike.
func (d Decision) outcome() checks.Outcome {
	return map[string]checks.Outcome{Certified: checks.Pass, NotCertified: checks.Fail, Incomplete: checks.Inconclusive}[d.Certificate]
}

func summaryTable(b *bufio.Writer, r *Report) {
	if r.Narrowed != nil {
		b.WriteString("\n| | check | outcome |\n|---|---|---|\n")
		for i := range r.Verdicts {
			if v := &r.Verdicts[i]; r.inScope(v) {
				fmt.Fprintf(b, "| %s | `%s` %s | %s |\n", marks[v.Outcome], v.Check, plain(v.Title), v.Outcome)
			}
		}
		return
	}
	b.WriteString("\n| | item | | outcome | checks |\n|---|---|---|---|---|\n")
	for _, i := range r.Items {
		if i.Asked {
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", marks[i.Outcome], i.ID, plain(i.Text), i.Outcome, share(r, i))
		}
	}
}

func summaryFailure(b *bufio.Writer, r *Report, v *Verdict) {
	fmt.Fprintf(b, "\n<details open><summary><code>%s</code> %s</summary>\n\n", v.Check, plain(v.Title))
	groups := v.grouped(false)
	for _, g := range groups[:min(shown, len(groups))] {
		fmt.Fprintf(b, "- %s\n", plain(g.Text))
		for _, ref := range g.Refs[:min(shown, len(g.Refs))] {
			fmt.Fprintf(b, "  - %s %s\n", plain(ref), plain(r.description(ref)))
		}
		if n := len(g.Refs) - shown; n > 0 {
			fmt.Fprintf(b, "  - and %d more like it\n", n)
		}
	}
	if n := len(groups) - shown; n > 0 {
		fmt.Fprintf(b, "- and %d more\n", n)
	}
	fmt.Fprintf(b, "\n**Why** %s\n\n**Mend** %s\n\n**Again** `%s`\n\n</details>\n", plain(v.Why), plain(v.Mend), strings.ReplaceAll(v.Repeat, "`", ""))
}

// summaryLacks tells, folded, what could not be judged and what to do.
func summaryLacks(b *bufio.Writer, r *Report) {
	begun := false
	r.eachItem(checks.Inconclusive, func(i Item, list []*Verdict) {
		for _, v := range list {
			if r.caused(v.Check) {
				continue
			}
			if !begun {
				b.WriteString("\n<details><summary>What could not be judged</summary>\n\n")
				begun = true
			}
			fmt.Fprintf(b, "- %s `%s` %s\n", i.ID, v.Check, plain(strings.Join(v.Missing, "; ")))
		}
	})
	if begun {
		b.WriteString("\n</details>\n")
	}
}

// plain writes a text so that Markdown and HTML take it for nothing but text,
// and a mention or an issue's number stays one.
func plain(text string) string {
	var b strings.Builder
	for _, c := range strings.ToValidUTF8(text, "\ufffd") {
		switch {
		case c == '<':
			b.WriteString("&lt;")
		case c == '>':
			b.WriteString("&gt;")
		case c == '&':
			b.WriteString("&amp;")
		case c == '@':
			b.WriteString("&#64;")
		case strings.ContainsRune("\\`*_[]|#~!", c):
			b.WriteByte('\\')
			b.WriteRune(c)
		case c < ' ' || c == 0x7f:
			b.WriteByte(' ')
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}
