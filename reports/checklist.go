package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/anton-payments/golive/checks"
)

// lines are all lines that checks look at: the checklist's, and those beyond.
var lines = slices.Concat(checks.Checklist, checks.Beyond)

// Tell writes the checklist, or the one check of that id, as text or as JSON.
func Tell(w io.Writer, id string, json, colored bool) error {
	chosen := checks.All()
	if id != "" {
		if err := CheckIDs([]string{id}); err != nil {
			return misuse("%w; golive checks lists them", err)
		}
		chosen = []*checks.Check{checks.ByID(id)}
	}
	switch {
	case json:
		return listJSON(w, chosen)
	case id != "":
		return explain(w, chosen[0], colored)
	}
	return list(w, colored)
}

// list writes the whole checklist: every item with the checks that judge it.
func list(w io.Writer, colored bool) error {
	p := newPage(w, colored)
	p.line("%s", p.bold("Going Live Checklist"))
	section := checks.Section("")
	for _, l := range lines {
		if l.Section != section {
			section = l.Section
			p.title(strings.ToUpper(string(section[:1])) + string(section[1:]))
		}
		p.listed(l)
	}
	p.gap()
	p.wrap("", "golive checks ID explains one: why it costs money, what is looked at, how to mend it.")
	return p.out.Flush()
}

// listed is one item. Its checks are told where they first judge an item;
// further items name them only.
func (p *page) listed(l checks.Line) {
	p.gap()
	p.line("  %s  %s", p.bold(pad(string(l.Item), 6)), p.bold(l.Text))
	var again []string
	for _, c := range checks.For(l.Item) {
		if c.Items[0] != l.Item {
			again = append(again, c.ID)
			continue
		}
		p.wrap("    "+p.id(pad(c.ID, 26))+"  ", c.Title+toCome(c))
	}
	switch {
	case again != nil:
		p.wrap("    ", strings.Join(again, ", "))
	case len(checks.For(l.Item)) == 0:
		p.line("    %s", p.faint("checks still to come"))
	}
}

func toCome(c *checks.Check) string {
	if c.Run == nil {
		return " (still to come)"
	}
	return ""
}

// explain writes all there is to know about one check.
func explain(w io.Writer, c *checks.Check, colored bool) error {
	p := newPage(w, colored)
	why, looked, mend := parts(c.Doc)
	p.line("%s  %s", p.bold(c.ID), c.Title+toCome(c))
	p.gap()
	p.row("level", level(c))
	for i, item := range c.Items {
		p.row([]string{"items", ""}[min(i, 1)], string(item)+"  "+lineOf(item).Text)
	}
	if len(c.Needs) > 0 {
		p.row("exercises", strings.ReplaceAll(join(c.Needs), ",", ", "))
	}
	if c.Attestable {
		p.row("attestable", "a named person's statement in golive.yaml counts as seen, for a year from its date")
	}
	p.row("why", why)
	p.row("looked at", looked)
	p.row("mend", mend)
	p.row("again", (&Report{}).repeat(c))
	return p.out.Flush()
}

func level(c *checks.Check) string {
	if c.Level == checks.Must {
		return "MUST: a departure fails"
	}
	return c.Level.String() + ": a departure is advice and leaves the outcome alone"
}

func lineOf(item checks.Item) checks.Line {
	return lines[slices.IndexFunc(lines, func(l checks.Line) bool { return l.Item == item })]
}

// Markdown writes the checklist as checks/README.md holds it.
func Markdown(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# The checks\n\nWritten by `make generate` from the values in this folder. Each check is one value and one text\n" +
		"file of examples under `testdata`; `golive checks ID` tells the same on a terminal.\n")
	for _, l := range lines {
		fmt.Fprintf(&b, "\n## %s %s\n", l.Item, l.Text)
		judges := checks.For(l.Item)
		if len(judges) == 0 {
			b.WriteString("\nChecks still to come.\n")
		}
		var again []string
		for _, c := range judges {
			if c.Items[0] == l.Item {
				b.WriteString(section(c))
				continue
			}
			again = append(again, fmt.Sprintf("[`%s`](#%s)", c.ID, c.ID))
		}
		if again != nil {
			fmt.Fprintf(&b, "\nJudged by %s.\n", strings.Join(again, ", "))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// section is one check in Markdown; its heading is its id, so that links last.
func section(c *checks.Check) string {
	var b strings.Builder
	why, looked, mend := parts(c.Doc)
	fmt.Fprintf(&b, "\n### %s\n\n%s%s. %s.\n", c.ID, strings.ToUpper(c.Title[:1])+c.Title[1:], toCome(c), c.Level)
	for _, part := range [][2]string{{"", why}, {"Looked at: ", looked}, {"Mend: ", mend}} {
		if part[1] != "" {
			fmt.Fprintf(&b, "\n%s%s\n", part[0], part[1])
		}
	}
	fmt.Fprintf(&b, "\n`%s`\n", (&Report{}).repeat(c))
	return b.String()
}

// Listed is a check as machines read the checklist.
type Listed struct {
	ID         string        `json:"id"`
	Title      string        `json:"title"`
	Level      string        `json:"level"`
	Items      []checks.Item `json:"items"`
	Exercises  []string      `json:"exercises"`
	Attestable bool          `json:"attestable"`
	Built      bool          `json:"built"`
	Why        string        `json:"why"`
	LookedAt   string        `json:"looked_at"`
	Mend       string        `json:"mend"`
}

// listJSON writes checks for machines.
func listJSON(w io.Writer, chosen []*checks.Check) error {
	told := []Listed{}
	for _, c := range chosen {
		why, looked, mend := parts(c.Doc)
		l := Listed{
			ID: c.ID, Title: c.Title, Level: c.Level.String(), Items: c.Items, Exercises: []string{},
			Attestable: c.Attestable, Built: c.Run != nil, Why: why, LookedAt: looked, Mend: mend,
		}
		for _, x := range c.Needs {
			l.Exercises = append(l.Exercises, string(x))
		}
		told = append(told, l)
	}
	return encode(w, told)
}
