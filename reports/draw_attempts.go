package reports

import (
	"fmt"
	"math"
	"strings"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
)

const (
	wide   = 760.0 // of a picture, in pixels
	labels = 168.0 // where a lane begins
)

// timeline draws the attempts of an exercise's operations on one time axis, the
// delay between them, and the time that Retry-After asks for.
func timeline(t checks.Timeline) drawing {
	most := largest(t.Lanes, func(l checks.Lane) int64 {
		return largest(l.Attempts, func(a checks.Attempt) int64 { return a.At + a.Took + a.Wait })
	})
	d := drawing{
		ID: "attempts-" + string(t.Exercise), Title: "Attempts over time: " + strings.ReplaceAll(string(t.Exercise), "-", " "),
		Caption: "Each line is one operation, each dot one attempt with the answer it got; between them the delay.",
		W:       wide, H: 48*float64(len(t.Lanes)) + 40,
	}
	if t.Exercise == recording.RateLimited {
		d.Caption = "Each line is one operation. The hatched stretch is the time that Retry-After asks for; no attempt may be made in it. Small dots are other calls at that time."
	}
	if t.Left > 0 {
		d.Caption += fmt.Sprintf(" %s not shown.", plural(t.Left, "further operation"))
	}
	at := scale(most, labels, wide-40)
	for _, tick := range ticks(most) {
		d.put(form{Class: "s grid", Path: stroke(at(tick), 12, at(tick), d.H-24)})
		d.middle(at(tick), d.H-8, "t faint", span(tick))
	}
	for n, l := range t.Lanes {
		d.lane(l, 48*float64(n)+34, at)
	}
	return d
}

func (d *drawing) lane(l checks.Lane, y float64, at func(int64) float64) {
	d.text(4, y-1, "t mono", clip(l.Operation, 20))
	if l.Case != "" {
		d.text(4, y+13, "t faint", l.Case)
	}
	if l.Left > 0 {
		d.put(form{Class: "t faint", X: wide - 20, Y: y - 12, Text: fmt.Sprintf("and %d more", l.Left), Anchor: "end"})
	}
	d.put(form{Class: "s lane", Path: stroke(labels, y, wide-20, y)})
	var before *checks.Attempt
	for i := range l.Attempts {
		a := &l.Attempts[i]
		if a.Wait > 0 {
			x := at(a.At + a.Took)
			d.put(form{Class: "window", X: x, Y: y - 13, W: at(a.At+a.Took+a.Wait) - x, H: 26, Tip: "Retry-After: " + span(a.Wait)})
			d.put(form{Class: "t small open", X: at(a.At + a.Took + a.Wait), Y: y + 27, Text: "Retry-After " + span(a.Wait), Anchor: "end"})
		}
		if a.Beside {
			continue
		}
		if before != nil {
			d.delay(*before, *a, y, at)
		}
		before = a
	}
	labelled := 0.0
	for _, a := range l.Attempts {
		d.dot(a, y, at)
		if a.Beside {
			continue
		}
		above := y - 12
		if at(a.At)-labelled < 28 { // no room beside the label before
			above = y + 22
		} else {
			labelled = at(a.At)
		}
		d.middle(at(a.At), above, "t small halo "+lit(a.Status), strings.TrimPrefix(worded(a.Status), "no "))
	}
}

// delay tells the time between two attempts, where there is room for it.
func (d *drawing) delay(a, b checks.Attempt, y float64, at func(int64) float64) {
	from, to := at(a.At+a.Took), at(b.At)
	class := "s ink"
	if a.Wait > 0 && b.At-a.At-a.Took < a.Wait-10 {
		class = "s bad thick"
	}
	d.put(form{Class: class, Path: stroke(from, y, to, y)})
	if to-from > 52 {
		d.middle((from+to)/2, y-6, "t halo", span(b.At-a.At-a.Took))
	}
}

func (d *drawing) dot(a checks.Attempt, y float64, at func(int64) float64) {
	s := form{Class: "dot " + lit(a.Status), X: at(a.At), Y: y, R: 7, Href: a.Ref, Tip: tip(a)}
	if a.Beside {
		s.Class, s.R = "dot beside", 4
	}
	d.put(s)
}

func tip(a checks.Attempt) string {
	text := fmt.Sprintf("%s: %s after %s, answered %s", a.Ref, a.Call, span(a.At), worded(a.Status))
	if a.Fault != "" {
		text += " (ours: " + string(a.Fault) + ")"
	}
	return text
}

// curve draws the delay before each retry: every one seen, the band in which
// they lie, the curve that fits best, and the doubling that is asked for.
func curve(t checks.Timeline) drawing {
	c := t.Curve
	last := c.Points[len(c.Points)-1]
	doubled := c.Points[0].Middle << (len(c.Points) - 1)
	most := max(doubled, largest(c.Points, func(p checks.Point) int64 { return max(p.High, p.Fitted) })) * 11 / 10
	d := drawing{
		ID: "curve-" + string(t.Exercise), Title: "Delay before each retry: " + c.Model, W: wide, H: 250,
		Caption: fmt.Sprintf("The line is the model that fits best (%s, factor %s); the band is the jitter seen over all operations, from %s to %s before retry %d. Dashed: the first delay, doubled each time.",
			c.Model, pretty(c.Factor), span(last.Low), span(last.High), last.Retry),
	}
	x := scale(int64(len(c.Points)-1), 110, wide-190)
	y := scale(most, 214, 16)
	for _, tick := range ticks(most) {
		d.put(form{Class: "s grid", Path: stroke(80, y(tick), wide-160, y(tick))})
		d.put(form{Class: "t faint", X: 72, Y: y(tick) + 4, Text: span(tick), Anchor: "end"})
	}
	var high, low, fitted, twice strings.Builder
	for i, p := range c.Points {
		fmt.Fprintf(&high, "%s%.1f %.1f", letter(i), x(int64(i)), y(p.High))
		q := c.Points[len(c.Points)-1-i]
		fmt.Fprintf(&low, "L%.1f %.1f", x(int64(len(c.Points)-1-i)), y(q.Low))
		fmt.Fprintf(&fitted, "%s%.1f %.1f", letter(i), x(int64(i)), y(p.Fitted))
		fmt.Fprintf(&twice, "%s%.1f %.1f", letter(i), x(int64(i)), y(c.Points[0].Middle<<i))
		d.middle(x(int64(i)), 234, "t", fmt.Sprintf("retry %d", p.Retry))
	}
	d.put(form{Class: "band", Path: high.String() + low.String() + "Z"})
	d.put(form{Class: "s dashed", Path: twice.String()})
	d.put(form{Class: "s fit", Path: fitted.String()})
	d.scatter(c.Points, x, y)
	d.text(wide-150, y(last.Fitted)+4, "t bold", c.Model)
	if at := y(doubled); math.Abs(at-y(last.Fitted)) > 36 {
		d.text(wide-150, at+4, "t faint", "doubled each time")
	}
	if c.Factor > 0 {
		d.text(wide-150, y(last.Fitted)+20, "t faint", "factor "+pretty(c.Factor))
	}
	return d
}

// scatter puts a dot for each delay seen.
func (d *drawing) scatter(points []checks.Point, x, y func(int64) float64) {
	for i, p := range points {
		for _, delay := range p.Seen {
			d.put(form{Class: "seen", X: x(int64(i)), Y: y(delay), R: 4, Tip: span(delay)})
		}
	}
}

func letter(i int) string {
	if i == 0 {
		return "M"
	}
	return "L"
}

// lifelines of a sequence: the app, golive between, Anton.
const app, between, anton = 96.0, 380.0, 664.0

// sequence draws one operation whose answer was lost on purpose: what the app
// sent, what Anton did, and what the app did then.
func sequence(x recording.Exercise, l checks.Lane) drawing {
	d := drawing{
		ID: "sequence-" + string(x), Title: "What happened to " + l.Operation + ", " + strings.ReplaceAll(string(x), "-", " "), W: wide, H: 64*float64(len(l.Attempts)) + 96,
		Caption: "From top to bottom: each request of the app with its Idempotency-Key, and how far the answer came.",
	}
	for _, life := range []struct {
		x    float64
		name string
	}{{app, "the app"}, {between, "golive"}, {anton, "Anton"}} {
		d.put(form{Class: "life", X: life.x - 60, Y: 8, W: 120, H: 26})
		d.middle(life.x, 26, "t bold", life.name)
		d.put(form{Class: "s lane", Path: stroke(life.x, 34, life.x, d.H-44)})
	}
	first := ""
	for i, a := range l.Attempts {
		if i == 0 {
			first = a.Key
		}
		d.step(a, 64*float64(i)+62, a.Key != first && !a.Beside)
	}
	if l.Payouts != "" {
		class := "t bold good"
		if l.Payouts != "1" && l.Payouts != "0" {
			class = "t bold bad"
		}
		d.put(form{Class: class, X: anton + 60, Y: d.H - 14, Text: "payouts that Anton holds for this operation: " + l.Payouts, Anchor: "end"})
	}
	return d
}

// step is one request and how far its answer came; fresh: with another key than
// the first.
func (d *drawing) step(a checks.Attempt, y float64, fresh bool) {
	far := anton
	if a.Fault == recording.FaultReset {
		far = between
	}
	call, class := a.Call, "t small halo"
	if a.Key != "" {
		call += "  key " + clip(a.Key, 28)
	}
	if fresh {
		call, class = call+" (another key)", "t small halo bad"
	}
	d.put(form{Class: class, X: app + 10, Y: y - 6, Text: call, Href: a.Ref, Tip: tip(a)})
	d.text(4, y+4, "t faint small", "+"+span(a.At))
	d.arrow(app, far, y, "s ink")
	back := y + 26
	switch {
	case a.Fault == recording.FaultLostAnswer:
		d.arrow(anton, between+10, back, "s good")
		d.middle((between+anton)/2, back-5, "t small good", worded(a.Anton))
		d.cross(between-8, back)
		d.middle((app+between)/2, back+4, "t small bad", "the answer is lost on the way (ours)")
	case a.Status == 0:
		d.cross(between-8, back)
		d.middle((app+between)/2, back+4, "t small bad", "connection reset (ours)")
	default:
		d.arrow(far, app, back, "s "+lit(a.Status))
		d.middle((app+between)/2, back-5, "t small "+lit(a.Status), worded(a.Status))
	}
}
