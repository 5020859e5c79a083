package reports

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/fatih/color"
	"github.com/mattn/go-isatty"

	"github.com/anton-payments/golive/checks"
)

// columns is how wide a line of text may be.
const columns = 100

// Colored reports whether f shows colour: a terminal, and nobody said no.
func Colored(f *os.File) bool {
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isatty.IsTerminal(f.Fd())
}

// page writes lines, wrapped and painted. The first write error stands in out.
type page struct {
	colored                          bool
	out                              *bufio.Writer
	bold, faint, good, bad, open, id func(...any) string
}

func newPage(w io.Writer, colored bool) *page {
	paint := func(attributes ...color.Attribute) func(...any) string {
		c := color.New(attributes...)
		c.DisableColor()
		if colored {
			c.EnableColor()
		}
		return c.SprintFunc()
	}
	return &page{
		colored: colored, out: bufio.NewWriter(w), bold: paint(color.Bold), faint: paint(color.Faint),
		good: paint(color.FgGreen), bad: paint(color.FgRed), open: paint(color.FgYellow), id: paint(color.FgCyan),
	}
}

// line writes one line. What others wrote may stand in it: nothing of it moves the
// cursor, clears the screen or begins a line of its own.
func (p *page) line(format string, args ...any) {
	text := tame(fmt.Sprintf(format, args...), p.colored)
	p.out.WriteString(strings.TrimRight(text, " ") + "\n")
}

// gap leaves a line empty.
func (p *page) gap() { p.out.WriteByte('\n') }

// title begins a part of the report.
func (p *page) title(text string) {
	p.gap()
	p.line("%s", p.bold(text))
}

// wrap writes a text behind a lead, broken between words; further lines are
// indented to the lead's width.
func (p *page) wrap(lead, text string) {
	for i, row := range rows(text, columns-width(lead)) {
		if i > 0 {
			lead = strings.Repeat(" ", width(lead))
		}
		p.line("%s%s", lead, row)
	}
}

// rows breaks a text between words into rows of at most n columns; a longer
// word stands whole.
func rows(text string, n int) []string {
	var all []string
	row := ""
	for _, word := range strings.Split(text, " ") {
		if row != "" && width(row)+1+width(word) > n {
			all, row = append(all, row), word
			continue
		}
		if row != "" {
			row += " "
		}
		row += word
	}
	return append(all, row)
}

// row writes a name and what it is: "  merchant   Example Ltd".
func (p *page) row(name, text string) {
	if text != "" {
		p.wrap("  "+p.faint(pad(name, 10)+" "), text)
	}
}

// sign shows an outcome in one character; the word stands beside it wherever
// it matters, so nothing depends on colour.
func (p *page) sign(o checks.Outcome) string { return p.tint(o, sign(o)) }

func (p *page) tint(o checks.Outcome, text string) string {
	switch o {
	case checks.Pass:
		return p.good(text)
	case checks.Fail:
		return p.bad(text)
	case checks.Inconclusive:
		return p.open(text)
	}
	return p.faint(text)
}

func sign(o checks.Outcome) string {
	return map[checks.Outcome]string{checks.Pass: "✓", checks.Fail: "✗", checks.Inconclusive: "?", checks.NotApplicable: "–"}[o]
}

// pad fills a text up to a width with blanks.
func pad(text string, n int) string {
	return text + strings.Repeat(" ", max(0, n-width(text)))
}

// width counts the characters that show, colour left out.
func width(text string) int {
	n := 0
	for {
		before, after, found := strings.Cut(text, "\x1b[")
		n += utf8.RuneCountInString(before)
		if !found {
			return n
		}
		_, text, _ = strings.Cut(after, "m")
	}
}
