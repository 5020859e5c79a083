package reports

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/anton-payments/golive/checks"
)

//go:embed templates/report.html
var htmlText string

//go:embed templates/drawing.svg
var drawingText string

//go:embed templates/report.css
var htmlStyle string

//go:embed templates/report.js
var htmlScript string

var html = template.Must(template.Must(template.New("report").Funcs(template.FuncMap{
	"sign": sign, "class": classOf, "span": span, "moment": moment, "plural": plural, "deliveries": deliveries, "size": size, "stamp": stamp, "dict": dict, "lit": lit,
}).Parse(htmlText)).New("drawing").Parse(drawingText))

// HTML writes the report as one page that needs nothing beside itself: it opens
// offline, and its own policy forbids it the network and any script but its own.
func HTML(w io.Writer, r *Report) error {
	return html.ExecuteTemplate(w, "report", map[string]any{
		"View": view(r), "Style": template.CSS(htmlStyle), "Script": template.JS(htmlScript),
		"Policy": "default-src 'none'; style-src '" + allowed(htmlStyle) + "'; script-src '" + allowed(htmlScript) +
			"'; img-src data:; base-uri 'none'; form-action 'none'",
	})
}

// allowed names a text that may be applied or run, by its hash.
func allowed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func classOf(o checks.Outcome) string {
	return map[checks.Outcome]string{checks.Pass: "pass", checks.Fail: "fail", checks.Inconclusive: "open"}[o]
}

func stamp(t time.Time) string { return t.Format("2 January 2006, 15:04:05") + " UTC" }

// moment tells milliseconds since the run began: "+12.345 s".
func moment(ms int64) string { return fmt.Sprintf("+%.3f s", float64(ms)/1000) }

func size(n int64) string {
	switch {
	case n < 1000:
		return plural(int(n), "byte")
	case n < 1_000_000:
		return pretty(float64(n/10)/100) + " kB"
	}
	return pretty(float64(n/10_000)/100) + " MB"
}

// capital begins a text like a sentence.
func capital(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// dict hands a template two values by name.
func dict(a string, x any, b string, y any) map[string]any { return map[string]any{a: x, b: y} }

// Pretty is a body as it is best read: JSON indented, its own digits kept.
func (m Message) Pretty() string {
	var b bytes.Buffer
	if json.Indent(&b, []byte(m.Body), "", "  ") != nil {
		return m.Body
	}
	return b.String()
}

// Long reports whether a body is folded.
func (m Message) Long() bool { return len(m.Body) > 900 }
