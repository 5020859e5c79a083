package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Misuse is trouble that the caller can mend: a name that is not known, a
// format that is not built, a file that is not there.
type Misuse struct{ Err error }

func (m *Misuse) Error() string { return m.Err.Error() }
func (m *Misuse) Unwrap() error { return m.Err }

func misuse(format string, args ...any) error { return &Misuse{fmt.Errorf(format, args...)} }

// Render writes the report as text, or as JSON. Colour is the text's alone.
func Render(w io.Writer, r *Report, json, colored bool) error {
	if json {
		return JSON(w, r)
	}
	return Text(w, r, colored)
}

// Known refuses a name (*Misuse) that is not among those known, and tells the nearest,
// or all of them where they are few: `unknown check "retry", did you mean
// "retry-after"?`.
func Known(noun, name string, known []string) error {
	if slices.Contains(known, name) {
		return nil
	}
	if near := nearest(name, known); near != "" {
		return misuse("unknown %s %q, did you mean %q?", noun, name, near)
	}
	if len(known) <= 30 {
		return misuse("unknown %s %q; known: %s", noun, name, strings.Join(known, ", "))
	}
	return misuse("unknown %s %q", noun, name)
}

// nearest is the known name with the fewest letters to change, at most a third
// of them, or the first that holds the name; "" when none is near.
func nearest(name string, known []string) string {
	best, least := "", max(1, len(name)/3)+1
	for _, k := range known {
		if d := distance(strings.ToLower(name), k); d < least {
			best, least = k, d
		}
	}
	if best != "" || len(name) < 3 {
		return best
	}
	if i := slices.IndexFunc(known, func(k string) bool { return strings.Contains(k, name) }); i >= 0 {
		return known[i]
	}
	return ""
}

// distance counts the letters to put in, take out or change.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j]+1, before+1)
		}
	}
	return row[len(b)]
}
