package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Tell writes a diagnosis: the first line names the first fault, or says that
// all is well.
func (d Diagnosis) Tell(w io.Writer) error {
	var b strings.Builder
	if len(d.Faults) == 0 {
		b.WriteString("✓ all is well: golive certify can judge this app\n\n")
	}
	for _, f := range d.Faults {
		f.tell(&b)
	}
	for _, well := range d.Well {
		b.WriteString("  ✓ " + well + "\n")
	}
	if len(d.Unseen) > 0 {
		fmt.Fprintf(&b, "  – %d more questions can be asked once that is mended\n", len(d.Unseen))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (f Fault) tell(b *strings.Builder) {
	fmt.Fprintf(b, "✗ %s\n\n", f.Title)
	for i, line := range f.Seen {
		b.WriteString(wrapped(label(i, "seen"), line))
	}
	if f.Cause != "" {
		b.WriteString(wrapped("  why    ", f.Cause))
	}
	for i, cure := range f.Cures {
		b.WriteString(wrapped(label(i, "mend"), cure))
	}
	b.WriteString("\n")
}

// label names the first of several lines.
func label(i int, name string) string {
	if i > 0 {
		name = ""
	}
	return fmt.Sprintf("  %-4s   ", name)
}

// wrapped is a text in lines of at most 100 characters, each behind the
// indentation of the first.
func wrapped(first, text string) string {
	const width = 100
	indent := strings.Repeat(" ", len([]rune(first)))
	var b strings.Builder
	line := first
	for i, word := range strings.Fields(text) {
		if i > 0 && len([]rune(line))+1+len([]rune(word)) > width {
			b.WriteString(line + "\n")
			line = indent + word
			continue
		}
		if i > 0 {
			line += " "
		}
		line += word
	}
	return b.String() + line + "\n"
}

// JSON writes a diagnosis for machines.
func (d Diagnosis) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(d)
}
