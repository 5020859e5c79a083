package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// drawing is a picture as shapes, which a template writes as SVG. Its classes
// are those of the style sheet; nothing depends on colour alone.
type drawing struct {
	ID      string // unique on the page
	Title   string
	Caption string // what to look at, for who does not see it
	W, H    float64
	Shapes  []form
}

// form is one of: a path (Path), a circle (R), a box (W, H), a text (Text).
type form struct {
	Class      string
	Path       string
	X, Y, W, H float64
	R          float64
	Text       string
	Anchor     string // of a text: start (""), middle, end
	Href       string // ref of the crossing that it stands for
	Tip        string // told to who points at it
}

func (d *drawing) put(s form) { d.Shapes = append(d.Shapes, s) }

func (d *drawing) text(x, y float64, class, text string) {
	d.put(form{Class: class, X: x, Y: y, Text: text})
}

func (d *drawing) middle(x, y float64, class, text string) {
	d.put(form{Class: class, X: x, Y: y, Text: text, Anchor: "middle"})
}

func stroke(x1, y1, x2, y2 float64) string {
	return fmt.Sprintf("M%.1f %.1fL%.1f %.1f", x1, y1, x2, y2)
}

// arrow is a level line with its head.
func (d *drawing) arrow(x1, x2, y float64, class string) {
	back := -7.0
	if x2 < x1 {
		back = 7
	}
	d.put(form{Class: class, Path: fmt.Sprintf("M%.1f %.1fH%.1fM%.1f %.1fL%.1f %.1fL%.1f %.1f", x1, y, x2, x2+back, y-4, x2, y, x2+back, y+4)})
}

// cross marks a place where something broke off.
func (d *drawing) cross(x, y float64) {
	d.put(form{Class: "s bad thick", Path: fmt.Sprintf("M%.1f %.1fl12 12m0 -12l-12 12", x-6, y-6)})
}

// ticks are round times for an axis to a most, in milliseconds, at most eight.
func ticks(most int64) []int64 {
	steps := []int64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000, 3_600_000}
	at := slices.IndexFunc(steps, func(s int64) bool { return most/s <= 8 })
	if at < 0 {
		return nil
	}
	var all []int64
	for t := int64(0); t <= most; t += steps[at] {
		all = append(all, t)
	}
	return all
}

// span tells milliseconds in the unit that suits them: "402 ms", "1.2 s", "14 s".
func span(ms int64) string {
	switch {
	case ms < 1000:
		return fmt.Sprintf("%d ms", ms)
	case ms < 10_000:
		return fmt.Sprintf("%.1f s", float64(ms)/1000)
	}
	return fmt.Sprintf("%.0f s", float64(ms)/1000)
}

// scale maps 0 to most onto a stretch of the picture.
func scale(most int64, from, to float64) func(int64) float64 {
	return func(v int64) float64 { return from + (to-from)*float64(v)/float64(max(most, 1)) }
}

// pretty is a number without needless digits: "2", "1.45".
func pretty(f float64) string { return fmt.Sprintf("%g", math.Round(f*100)/100) }

// lit is the class of an answer by its status; none is bad.
func lit(status int) string {
	switch {
	case status >= 200 && status <= 299:
		return "good"
	case status == 429:
		return "open"
	}
	return "bad"
}

// worded is a status, or that there was none.
func worded(status int) string {
	if status == 0 {
		return "no answer"
	}
	return fmt.Sprint(status)
}

func clip(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return text
}

func largest[T any](list []T, of func(T) int64) int64 {
	if len(list) == 0 {
		return 0
	}
	return of(slices.MaxFunc(list, func(a, b T) int { return cmp.Compare(of(a), of(b)) }))
}
