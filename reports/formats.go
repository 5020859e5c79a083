package reports

import (
	"io"
)

// Format is a way to write a report. A renderer looks at the report and decides
// nothing again; the same report gives the same bytes.
type Format struct {
	Name  string // as golive report --format has it
	Media string // its media type
	File  string // its name in a bundle; "" where it is not kept in one
	Write func(io.Writer, *Report) error
}

// Formats are all of them, in the order told.
var Formats = []Format{
	{"text", "text/plain; charset=utf-8", "", func(w io.Writer, r *Report) error { return Text(w, r, false) }},
	{"json", "application/json", "report.json", JSON},
	{"junit", "application/xml", "junit.xml", JUnit},
	{"sarif", "application/sarif+json", "results.sarif", SARIF},
	{"markdown", "text/markdown; charset=utf-8", "summary.md", Summary},
	{"html", "text/html; charset=utf-8", "report.html", HTML},
	{"har", "application/json", "", HAR},
	{"badge", "image/svg+xml", "badge.svg", Badge},
}

// FormatOf finds a format; one that is not known is refused (*Misuse).
func FormatOf(name string) (Format, error) {
	var known []string
	for _, f := range Formats {
		if f.Name == name {
			return f, nil
		}
		known = append(known, f.Name)
	}
	return Format{}, Known("format", name, known)
}
