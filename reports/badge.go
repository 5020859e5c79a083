package reports

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"unicode/utf8"

	"github.com/anton-payments/golive/checks"
)

//go:embed templates/badge.svg
var badgeText string

// html/template, for its escapes; SVG is written as HTML's parser reads it.
var badge = template.Must(template.New("badge").Parse(badgeText))

// Badge writes the decision as a small picture for a README. White on each
// colour has a contrast of 4.5 or more.
func Badge(w io.Writer, r *Report) error {
	colour := map[checks.Outcome]string{checks.Pass: "#1a7f37", checks.Fail: "#c9252d", checks.Inconclusive: "#8a5a00"}
	word := r.Decision.Certificate
	if r.Narrowed != nil {
		word += " (narrowed)"
	}
	if n := len(r.Decision.Waived); n > 0 && r.Decision.Certificate == Certified {
		word += fmt.Sprintf(", %d waived", n)
	}
	const label = "going live"
	left, right := breadth(label), breadth(word)
	return badge.Execute(w, map[string]any{
		"Label": label, "Word": word, "Title": label + ": " + word, "Colour": colour[r.Decision.outcome()],
		"Left": left, "Right": right, "Width": left + right, "LeftText": left / 2, "RightText": left + right/2,
	})
}

// breadth is how wide a text of the badge is with its margins, in pixels.
func breadth(text string) int { return 7*utf8.RuneCountInString(text) + 14 }
