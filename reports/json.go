package reports

import (
	"encoding/json"
	"io"
)

// JSON writes the report for machines: schema 1, two blanks of indentation.
func JSON(w io.Writer, r *Report) error { return encode(w, r) }

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
