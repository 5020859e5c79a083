package reports

import (
	"fmt"
	"strings"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
)

const boxWide = 96.0 // of a page, in pixels

// pages draws a walk: a box for each page asked for, in order, filled as far as
// the page was; where it stopped too early, the page that nobody asked for.
func pages(w checks.Walk, nth int) drawing {
	const across, step, high = 6, 124.0, 118.0
	boxes := len(w.Pages)
	if !w.Complete {
		boxes++
	}
	d := drawing{
		ID: fmt.Sprintf("walk-%s-%d", w.Exercise, nth), Title: "The walk through the list", W: wide,
		H:       high*float64((boxes+across-1)/across) + 34,
		Caption: "Each box is one request for a page, filled by its entries. A walk is over when has_more is false, not before.",
	}
	most := largest(w.Pages, func(p checks.Page) int64 { return int64(p.Entries) })
	fill := scale(most, 0, 44)
	for i := range boxes {
		x, y := 8+step*float64(i%across), 10+high*float64(i/across)
		if i%across > 0 {
			d.arrow(x-step+boxWide, x-2, y+32, "s ink")
		}
		if i == len(w.Pages) {
			d.put(form{Class: "box ghost", X: x, Y: y, W: boxWide, H: 64})
			d.middle(x+boxWide/2, y+28, "t small bad", "never")
			d.middle(x+boxWide/2, y+44, "t small bad", "asked for")
			continue
		}
		d.page(w.Pages[i], x, y, fill)
	}
	d.counted(w)
	return d
}

// page puts the box of one page.
func (d *drawing) page(p checks.Page, x, y float64, fill func(int64) float64) {
	class := "box"
	if p.Note != "" || lit(p.Status) != "good" {
		class = "box wrong"
	}
	d.put(form{Class: class, X: x, Y: y, W: boxWide, H: 64, Href: p.Ref, Tip: p.Ref + " " + p.Cursor})
	d.put(form{Class: "fill", X: x + 6, Y: y + 58 - fill(int64(p.Entries)), W: 10, H: fill(int64(p.Entries))})
	d.text(x+24, y+22, "t bold", fmt.Sprintf("page %d", p.Number))
	d.text(x+24, y+38, "t small", entries(p))
	d.text(x+24, y+54, "t small "+ending(p), more(p))
	for n, row := range rows(p.Note, 18) {
		d.text(x, y+80+14*float64(n), "t small bad", row)
	}
}

func entries(p checks.Page) string {
	if lit(p.Status) != "good" {
		return "answered " + worded(p.Status)
	}
	return verbless(p.Entries, "entry", "entries")
}

func verbless(n int, one, many string) string { return fmt.Sprintf("%d %s", n, verb(n, one, many)) }

func ending(p checks.Page) string {
	if p.More || lit(p.Status) != "good" {
		return "faint"
	}
	return "good"
}

func more(p checks.Page) string {
	switch {
	case lit(p.Status) != "good":
		return ""
	case p.More:
		return "more: yes"
	}
	return "more: no"
}

func (d *drawing) counted(w checks.Walk) {
	if w.Counted == "" {
		return
	}
	class := "t bold good"
	if w.Counted != w.Wanted {
		class = "t bold bad"
	}
	d.text(8, d.H-12, class, fmt.Sprintf("the app counted %s of %s entries", clip(w.Counted, 20), w.Wanted))
}

// lifecycle draws what the app shows for each of Anton's statuses. Lines that
// meet where they must not are told apart by their stroke and in the caption.
func lifecycle(list []checks.Word) drawing {
	const row, left, middle, right = 38.0, 8.0, 330.0, 590.0
	d := drawing{
		ID: "lifecycle", Title: "What the app shows for each payout status", W: wide, H: row*float64(len(list)) + 44,
		Caption: "Left, the status in which Anton holds a payout; in the middle, the events about it, filled where the app accepted them; right, the app's own word.",
	}
	d.text(left, 16, "t faint", "Anton's status")
	d.middle(middle, 16, "t faint", "events")
	d.text(right, 16, "t faint", "the app shows")
	place := spread(list, row)
	drawn := map[string]bool{}
	for i, w := range list {
		y := row*float64(i) + 42
		d.put(form{Class: "pill " + w.Kind, X: left, Y: y - 13, W: 168, H: 26})
		d.text(left+14, y+4, "t mono", clip(w.Status, 20))
		if w.Word == "" {
			d.text(right, y+4, "t bad", "no word is known")
			d.events(w, middle, y)
			continue
		}
		to := place[w.Word]
		class := "s ink"
		if len(w.Clashes) > 0 {
			class = "s bad thick"
		}
		d.put(form{Class: class, Path: fmt.Sprintf("M176 %.1fH%.1fC%.1f %.1f %.1f %.1f %.1f %.1f", y, middle+98, middle+180, y, right-90, to, right-2, to)})
		d.events(w, middle, y)
		if !drawn[w.Word] {
			d.put(form{Class: "pill word", X: right, Y: to - 13, W: wide - right - 8, H: 26})
			d.text(right+12, to+4, "t mono bold", clip(w.Word, 19))
			drawn[w.Word] = true
		}
	}
	for _, w := range list {
		if len(w.Clashes) > 0 {
			d.Caption += fmt.Sprintf(" Shown alike and must not be: %s and %s.", w.Status, strings.Join(w.Clashes, ", "))
		}
	}
	return d
}

// events are the deliveries about one payout, the last of them.
func (d *drawing) events(w checks.Word, x, y float64) {
	list := w.Events[max(0, len(w.Events)-7):]
	for n, e := range list {
		d.put(form{
			Class: "dot " + lit(e.Status), X: x + 26*(float64(n)-float64(len(list)-1)/2), Y: y, R: 7, Href: e.Ref,
			Tip: fmt.Sprintf("%s: %s, answered %s", e.Ref, e.Type, worded(e.Status)),
		})
	}
}

// spread gives each word its height: by the statuses that lead to it, apart from
// the word before.
func spread(list []checks.Word, row float64) map[string]float64 {
	sum, count, order := map[string]float64{}, map[string]float64{}, []string(nil)
	for i, w := range list {
		if count[w.Word] == 0 {
			order = append(order, w.Word)
		}
		sum[w.Word] += row*float64(i) + 42
		count[w.Word]++
	}
	place, least := map[string]float64{}, 0.0
	for _, word := range order {
		place[word] = max(sum[word]/count[word], least)
		least = place[word] + 32
	}
	return place
}

// volley draws deliveries that belong together: what is right or wrong about
// each, the answer wanted, the answer given, and the genuine ones around it.
func volley(v checks.Volley) drawing {
	const row = 32.0
	d := drawing{
		ID: "volley-" + string(v.Exercise), Title: "Webhook deliveries: " + strings.ReplaceAll(string(v.Exercise), "-", " "), W: wide,
		H:       row*float64(len(v.Shots)) + 40,
		Caption: "Each row is one delivery: what it was, the answer that it should get, the answer that it got.",
	}
	if v.Exercise == recording.Forged {
		d.Caption += " The small dots are genuine deliveries before and after it, which prove that the app was listening."
	}
	d.text(56, 18, "t faint", "delivery")
	d.text(420, 18, "t faint", "want")
	d.text(490, 18, "t faint", "got")
	for n, s := range v.Shots {
		y := row*float64(n) + 48
		if n%2 == 0 {
			d.put(form{Class: "stripe", X: 0, Y: y - 21, W: wide, H: row})
		}
		d.shot(s, y)
	}
	return d
}

func (d *drawing) shot(s checks.Shot, y float64) {
	d.put(form{Class: "t mono", X: 8, Y: y, Text: s.Ref, Href: s.Ref, Tip: fmt.Sprintf("%s for %s", s.Type, s.Operation)})
	d.text(56, y, "t", clip(s.What, 46))
	want, right := "4xx", s.Status >= 400 && s.Status <= 499
	if s.Accept {
		want, right = "2xx", lit(s.Status) == "good"
	}
	class, sign := "bad", "✗ "
	if right {
		class, sign = "good", "✓ "
	}
	d.text(420, y, "t", want)
	d.text(490, y, "t bold "+class, sign+worded(s.Status))
	for i, c := range s.Controls {
		d.put(form{Class: "dot " + lit(c), X: 470 + 76*float64(i), Y: y - 4, R: 4, Tip: "genuine delivery beside it: " + worded(c)})
	}
	told := fmt.Sprintf("+%s, %s", span(s.At), span(s.Took))
	if s.Effect != "" {
		told = clip(strings.NewReplacer("status went from ", "", " to ", " → ").Replace(s.Effect), 29)
		class = "t small bad"
	} else {
		class = "t small faint"
	}
	d.put(form{Class: class, X: wide - 6, Y: y, Text: told, Anchor: "end"})
}
